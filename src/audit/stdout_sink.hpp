#pragma once
// Lines into a descriptor that is not ours to close.

#include <verbatim/audit/audit_sink.hpp>

namespace verbatim::audit {

/// A pipe or terminal has taken the bytes when write() succeeds; a regular file has them on stable
/// storage. Thread: one at a time.
class stdout_sink final : public audit_sink {
public:
    explicit stdout_sink(int fd);

    std::string name() const override;
    [[nodiscard]] result<void> write(std::span<const serialised_event> batch) override;

private:
    result<void> write_rest();

    int fd_;
    bool is_file_ = false;
    std::string buffer_;
    std::size_t written_ = 0; // of buffer_, by a batch that failed half way
};

} // namespace verbatim::audit
