#include "stdout_sink.hpp"

#include <cerrno>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace verbatim::audit {
namespace {

error_code last_error() { return {errno, boost::system::system_category()}; }

// Somebody may have made the descriptor non-blocking for the whole terminal.
result<void> wait_writable(int fd)
{
    pollfd waiting{fd, POLLOUT, 0};
    if (::poll(&waiting, 1, -1) < 0 && errno != EINTR) return last_error();
    return {};
}

} // namespace

stdout_sink::stdout_sink(int fd) : fd_(fd)
{
    struct stat found {};
    is_file_ = ::fstat(fd_, &found) == 0 && S_ISREG(found.st_mode);
}

std::string stdout_sink::name() const { return "stdout://"; }

result<void> stdout_sink::write_rest()
{
    while (written_ < buffer_.size()) {
        const auto taken = ::write(fd_, buffer_.data() + written_, buffer_.size() - written_);
        if (taken >= 0) {
            written_ += static_cast<std::size_t>(taken);
        } else if (errno == EAGAIN) {
            if (auto waited = wait_writable(fd_); !waited) return waited;
        } else if (errno != EINTR) {
            return last_error();
        }
    }
    if (is_file_ && ::fdatasync(fd_) < 0) return last_error();
    return {};
}

result<void> stdout_sink::write(std::span<const serialised_event> batch)
{
    // After a failure the same batch comes again: go on in the middle of the line.
    if (written_ == 0) {
        buffer_.clear();
        for (const auto& event : batch) {
            buffer_ += event.line;
            buffer_ += '\n';
        }
    }
    auto written = write_rest();
    if (written) written_ = 0;
    return written;
}

std::unique_ptr<audit_sink> make_stdout_sink()
{
    return std::make_unique<stdout_sink>(STDOUT_FILENO);
}

} // namespace verbatim::audit
