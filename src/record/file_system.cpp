#include "record/file_system.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace verbatim::record {
namespace {

error_code error_from(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT: return errc::disk_full;
    case EEXIST: return errc::already_exists;
    case ENOENT: return errc::not_found;
    default: return errc::io_error;
    }
}

/// Repeats a call that a signal interrupted.
template <class Call>
auto uninterrupted(Call call)
{
    for (;;) {
        auto value = call();
        if (value >= 0 || errno != EINTR) return value;
    }
}

class descriptor {
public:
    explicit descriptor(int number) noexcept : number_(number) {}
    descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    descriptor& operator=(descriptor&&) = delete;
    ~descriptor()
    {
        if (number_ >= 0) ::close(number_);
    }
    int get() const noexcept { return number_; }

private:
    int number_;
};

class posix_file final : public output_file {
public:
    explicit posix_file(descriptor file) : file_(std::move(file)) {}

    result<std::size_t> write_some(std::uint64_t offset, byte_view bytes) override
    {
        auto count = uninterrupted([&] {
            return ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        });
        if (count < 0) return error_from(errno);
        if (count == 0) return errc::io_error;
        return static_cast<std::size_t>(count);
    }
    result<void> truncate(std::uint64_t size) override
    {
        if (uninterrupted([&] { return ::ftruncate(file_.get(), static_cast<off_t>(size)); }) != 0)
            return error_from(errno);
        return {};
    }
    result<void> sync() override
    {
        if (uninterrupted([&] { return ::fdatasync(file_.get()); }) != 0) return error_from(errno);
        return {};
    }
    void start_writeback(std::uint64_t offset, std::uint64_t size) override
    {
        // Only a hint; what fails here fails again, and is told, at sync().
        std::ignore = ::sync_file_range(file_.get(), static_cast<off_t>(offset),
            static_cast<off_t>(size), SYNC_FILE_RANGE_WRITE);
    }

private:
    descriptor file_;
};

class posix_file_system final : public file_system {
public:
    result<std::unique_ptr<output_file>> create(const std::filesystem::path& path) override
    {
        return open_with(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    }
    result<std::unique_ptr<output_file>> open(const std::filesystem::path& path) override
    {
        return open_with(path, O_WRONLY | O_NOFOLLOW);
    }
    result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override
    {
        if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0)
            return error_from(errno);
        if (auto synced = sync_directory(to.parent_path()); !synced) return synced.error();
        return sync_directory(from.parent_path());
    }
    result<void> sync_directory(const std::filesystem::path& directory) override
    {
        descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (opened.get() < 0) return error_from(errno);
        if (uninterrupted([&] { return ::fsync(opened.get()); }) != 0) return error_from(errno);
        return {};
    }
    result<void> remove(const std::filesystem::path& path) override
    {
        if (::unlink(path.c_str()) != 0) return error_from(errno);
        return {};
    }
    result<std::uint64_t> free_bytes(const std::filesystem::path& directory) override
    {
        struct statvfs info {};
        if (uninterrupted([&] { return ::statvfs(directory.c_str(), &info); }) != 0)
            return error_from(errno);
        return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
    }

private:
    static result<std::unique_ptr<output_file>> open_with(
        const std::filesystem::path& path, int flags)
    {
        descriptor opened(
            uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0600); }));
        if (opened.get() < 0) return error_from(errno);
        return std::unique_ptr<output_file>(std::make_unique<posix_file>(std::move(opened)));
    }
};

} // namespace

std::unique_ptr<file_system> make_file_system() { return std::make_unique<posix_file_system>(); }

result<void> write_all(output_file& file, std::uint64_t offset, byte_view bytes)
{
    while (!bytes.empty()) {
        auto count = file.write_some(offset, bytes);
        if (!count) return count.error();
        offset += *count;
        bytes = bytes.subspan(*count);
    }
    return {};
}

} // namespace verbatim::record
