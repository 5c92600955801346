#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string_view>
#include <utility>

namespace verbatim {

/// Owns a file descriptor.
class file_handle {
public:
    explicit file_handle(int descriptor) noexcept : descriptor_(descriptor) {}
    file_handle(file_handle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    file_handle(const file_handle&) = delete;
    file_handle& operator=(const file_handle&) = delete;
    ~file_handle()
    {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    int get() const noexcept { return descriptor_; }
    explicit operator bool() const noexcept { return descriptor_ >= 0; }

    /// False with errno set.
    bool write_all(std::string_view bytes) const noexcept
    {
        while (!bytes.empty()) {
            const auto count = ::write(descriptor_, bytes.data(), bytes.size());
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }
    /// Reads to the end, but at most `size`; what was read, or -1 with errno set.
    ssize_t read_up_to(char* to, std::size_t size) const noexcept
    {
        std::size_t have = 0;
        while (have < size) {
            const auto count = ::read(descriptor_, to + have, size - have);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return -1;
            if (count == 0) break;
            have += static_cast<std::size_t>(count);
        }
        return static_cast<ssize_t>(have);
    }

private:
    int descriptor_;
};

} // namespace verbatim
