#include <verbatim/audit/file_operations.hpp>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace verbatim::audit {
namespace {

error_code last_error() { return {errno, boost::system::system_category()}; }

// Repeats a call that a signal broke off.
template <class Call>
auto uninterrupted(Call call)
{
    auto returned = call();
    while (returned < 0 && errno == EINTR) returned = call();
    return returned;
}

result<void> checked(int returned)
{
    if (returned < 0) return last_error();
    return {};
}

class descriptor {
public:
    explicit descriptor(int fd) noexcept : fd_(fd) {}
    descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    descriptor& operator=(descriptor&&) = delete;
    ~descriptor()
    {
        if (fd_ >= 0) ::close(fd_); // what mattered was synchronised before
    }
    int get() const noexcept { return fd_; }

private:
    int fd_;
};

class posix_file final : public appendable_file {
public:
    explicit posix_file(descriptor fd) : fd_(std::move(fd)) {}

    result<file_state> state() override
    {
        struct stat found {};
        if (::fstat(fd_.get(), &found) < 0) return last_error();
        return file_state{static_cast<std::uint64_t>(found.st_size), found.st_nlink > 0};
    }

    result<std::size_t> append(std::string_view bytes) override
    {
        const auto taken =
            uninterrupted([&] { return ::write(fd_.get(), bytes.data(), bytes.size()); });
        if (taken < 0) return last_error();
        return static_cast<std::size_t>(taken);
    }

    result<void> synchronise() override
    {
        return checked(uninterrupted([&] { return ::fdatasync(fd_.get()); }));
    }

    result<void> truncate(std::uint64_t size) override
    {
        return checked(
            uninterrupted([&] { return ::ftruncate(fd_.get(), static_cast<off_t>(size)); }));
    }

    result<std::string> read(std::uint64_t offset, std::size_t size) override
    {
        std::string bytes(size, '\0');
        std::size_t have = 0;
        while (have < size) {
            const auto got = uninterrupted([&] {
                return ::pread(
                    fd_.get(), bytes.data() + have, size - have, static_cast<off_t>(offset + have));
            });
            if (got < 0) return last_error();
            if (got == 0) break;
            have += static_cast<std::size_t>(got);
        }
        bytes.resize(have);
        return bytes;
    }

private:
    descriptor fd_;
};

class posix_file_operations final : public file_operations {
public:
    result<void> make_directory(const std::filesystem::path& directory) override
    {
        std::filesystem::path so_far;
        for (const auto& part : directory) {
            so_far /= part;
            if (::mkdir(so_far.c_str(), 0750) < 0 && errno != EEXIST) {
                // A parent on a read-only or foreign file system may be there all the same.
                const auto failed = last_error();
                std::error_code ignored;
                if (!std::filesystem::is_directory(so_far, ignored)) return failed;
            }
        }
        return {};
    }

    result<std::unique_ptr<appendable_file>> open(const std::filesystem::path& file) override
    {
        constexpr int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
        descriptor fresh(
            uninterrupted([&] { return ::open(file.c_str(), flags | O_CREAT | O_EXCL, 0640); }));
        if (fresh.get() >= 0) {
            if (::fchmod(fresh.get(), 0640) < 0) return last_error(); // the umask took bits away
            return std::make_unique<posix_file>(std::move(fresh));
        }
        if (errno != EEXIST) return last_error();
        descriptor found(uninterrupted([&] { return ::open(file.c_str(), flags); }));
        if (found.get() < 0) return last_error();
        return std::make_unique<posix_file>(std::move(found));
    }

    result<void> replace_link(
        const std::filesystem::path& target, const std::filesystem::path& link) override
    {
        struct stat found {};
        if (::lstat(link.c_str(), &found) == 0 && !S_ISLNK(found.st_mode))
            return error_code(EEXIST, boost::system::system_category());
        auto fresh = link;
        fresh += ".new";
        if (::unlink(fresh.c_str()) < 0 && errno != ENOENT) return last_error();
        if (::symlink(target.c_str(), fresh.c_str()) < 0) return last_error();
        return checked(::rename(fresh.c_str(), link.c_str()));
    }

    result<void> synchronise_directory(const std::filesystem::path& directory) override
    {
        const descriptor fd(uninterrupted(
            [&] { return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
        if (fd.get() < 0) return last_error();
        return checked(uninterrupted([&] { return ::fsync(fd.get()); }));
    }
};

} // namespace

std::unique_ptr<file_operations> make_posix_file_operations()
{
    return std::make_unique<posix_file_operations>();
}

} // namespace verbatim::audit
