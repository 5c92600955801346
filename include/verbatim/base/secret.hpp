#pragma once

#include <string>
#include <string_view>

namespace verbatim {

/// Bytes that must not leak: wiped at destruction, not copyable, not printable.
/// `reveal()` is the one way out and easy to search for.
class secret {
public:
    secret() = default;
    explicit secret(std::string value) noexcept;
    secret(secret&& other) noexcept;
    secret& operator=(secret&& other) noexcept;
    secret(const secret&) = delete;
    secret& operator=(const secret&) = delete;
    ~secret();

    /// Valid while this object lives.
    std::string_view reveal() const noexcept { return value_; }
    bool empty() const noexcept { return value_.empty(); }

private:
    std::string value_;
};

} // namespace verbatim
