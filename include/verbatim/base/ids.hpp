#pragma once
// Identities. Two that must not be mixed have two types.

#include <verbatim/base/result.hpp>

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace verbatim {

/// An RFC 4122 version 4 UUID; its text form is the recording's file name.
/// A default-constructed one is nil and names nothing.
class session_id {
public:
    session_id() = default;
    /// From the operating system's random source (OpenSSL RAND_bytes). Throws if there is none.
    static session_id random();
    /// Errors: errc::malformed unless `text` is the 36-character lower-case form.
    [[nodiscard]] static result<session_id> parse(std::string_view text);

    std::string to_string() const;
    bool is_nil() const noexcept { return bytes_ == decltype(bytes_){}; }
    auto operator<=>(const session_id&) const = default;

private:
    std::array<std::uint8_t, 16> bytes_{};
};

/// A fresh UUID in text form, for an event's `uid`.
std::string random_uuid();

/// Counts the connections of one process; several sessions may share one.
enum class connection_number : std::uint64_t {};

} // namespace verbatim
