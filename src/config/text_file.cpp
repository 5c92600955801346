#include "config/text_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace verbatim::config {
namespace {

class descriptor {
public:
    explicit descriptor(int value) : value_(value) {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor()
    {
        if (value_ >= 0) ::close(value_);
    }
    int get() const noexcept { return value_; }

private:
    int value_;
};

std::string cannot_read(const std::string& reason) { return "cannot be read: " + reason; }

bool is_of_caller_or_root(const struct stat& status) noexcept
{
    return status.st_uid == 0 || status.st_uid == ::geteuid();
}

std::optional<std::string> read_all(int descriptor, std::size_t limit, std::string& why)
{
    std::string text;
    for (;;) {
        const auto had = text.size();
        text.resize(had + 64 * 1024);
        const auto got = ::read(descriptor, text.data() + had, text.size() - had);
        if (got < 0 && errno == EINTR) {
            text.resize(had);
            continue;
        }
        if (got < 0) {
            why = cannot_read(std::strerror(errno));
            return std::nullopt;
        }
        text.resize(had + static_cast<std::size_t>(got));
        if (got == 0) return text;
        if (text.size() > limit) {
            why = "larger than " + std::to_string(limit >> 20) + " MiB; is this the right file?";
            return std::nullopt;
        }
    }
}

} // namespace

std::optional<std::string> read_file(
    const std::filesystem::path& file, std::size_t limit, std::string& why)
{
    const descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    struct stat status {};
    if (opened.get() < 0 || ::fstat(opened.get(), &status) != 0) {
        why = cannot_read(std::strerror(errno));
        return std::nullopt;
    }
    if (S_ISDIR(status.st_mode)) {
        why = cannot_read("it is a directory; name the file in it");
        return std::nullopt;
    }
    return read_all(opened.get(), limit, why);
}

std::optional<std::string> read_private_file(
    const std::filesystem::path& file, std::size_t limit, std::string& why)
{
    const descriptor opened(
        ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    if (opened.get() < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
    struct stat status {};
    if (opened.get() < 0 || ::fstat(opened.get(), &status) != 0) {
        why = cannot_read(errno == ELOOP ? "it is a symbolic link" : std::strerror(errno));
        return std::nullopt;
    }
    if (!S_ISREG(status.st_mode)) why = "must be a regular file";
    else if (!is_of_caller_or_root(status))
        why = "belongs to another user; run as its owner, or chown it to the proxy's user";
    else if ((status.st_mode & 077) != 0) why = "is open to others; chmod 600 it";
    if (!why.empty()) return std::nullopt;
    return read_all(opened.get(), limit, why);
}

bool only_caller_or_root_may_write(const std::filesystem::path& file)
{
    // stat, not lstat: what counts is the file that will be read.
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return false;
    return S_ISREG(status.st_mode) && is_of_caller_or_root(status) && (status.st_mode & 022) == 0;
}

} // namespace verbatim::config
