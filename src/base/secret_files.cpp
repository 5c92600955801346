#include <verbatim/base/secret_files.hpp>

#include "base/file_handle.hpp"

#include <verbatim/base/ids.hpp>

#include <openssl/crypto.h>

#include <sys/stat.h>

#include <cstring>

namespace verbatim {
namespace {

constexpr mode_t group_and_others = 077;
constexpr std::size_t max_file_bytes = 64 * 1024;

errc fail(std::string& why, const std::filesystem::path& path, const char* what)
{
    why = "cannot " + std::string(what) + ' ' + path.string() + ": " + std::strerror(errno);
    return errc::io_error;
}

errc refuse(std::string& why, const std::filesystem::path& path, const std::string& what)
{
    why = path.string() + ' ' + what;
    return errc::access_denied;
}

bool is_ours(const struct stat& status) noexcept
{
    return status.st_uid == ::geteuid() || status.st_uid == 0;
}

bool sync_directory(const std::filesystem::path& directory) noexcept
{
    const file_handle handle{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    return handle && ::fsync(handle.get()) == 0;
}

// A key that root makes for a service's directory must be readable to that service.
bool give_to_owner_of(const std::filesystem::path& directory, const file_handle& file) noexcept
{
    struct stat status {};
    if (::geteuid() != 0) return true;
    if (::stat(directory.c_str(), &status) != 0) return false;
    return status.st_uid == 0 || ::fchown(file.get(), status.st_uid, status.st_gid) == 0;
}

result<void> check_secret_file(
    const std::filesystem::path& file, const file_handle& handle, std::string& why)
{
    struct stat status {
    }, parent{};
    if (::fstat(handle.get(), &status) != 0) return fail(why, file, "examine");
    if (!S_ISREG(status.st_mode)) return refuse(why, file, "is not a regular file");
    if ((status.st_mode & group_and_others) != 0)
        return refuse(why, file,
            "is open to others than its owner: chmod 600 it, and replace the "
            "key if somebody may have read it");
    const bool of_directory = ::geteuid() == 0 &&
                              ::stat(file.parent_path().c_str(), &parent) == 0 &&
                              parent.st_uid == status.st_uid;
    if (!is_ours(status) && !of_directory) return refuse(why, file, "belongs to another user");
    return {};
}

enum class placement { if_absent, instead };

// A link, unlike a rename, does not replace: the first of two processes wins.
bool place(const std::filesystem::path& draft, const std::filesystem::path& file, placement how)
{
    if (how == placement::instead) return ::rename(draft.c_str(), file.c_str()) == 0;
    return ::link(draft.c_str(), file.c_str()) == 0;
}

result<void> put_secret_file(
    const std::filesystem::path& file, const secret& content, placement how, std::string& why)
{
    const auto directory = file.parent_path();
    const auto draft = directory / ('.' + file.filename().string() + '.' + random_uuid());
    const file_handle handle{
        ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!handle) return fail(why, draft, "make");
    result<void> outcome;
    if (!give_to_owner_of(directory, handle) || !handle.write_all(content.reveal()) ||
        ::fsync(handle.get()) != 0)
        outcome = fail(why, draft, "write");
    else if (!place(draft, file, how))
        outcome = errno == EEXIST ? errc::already_exists : fail(why, file, "make");
    ::unlink(draft.c_str());
    if (outcome && !sync_directory(directory)) return fail(why, directory, "sync");
    return outcome;
}

} // namespace

result<void> prepare_secret_directory(const std::filesystem::path& directory, std::string& why)
{
    const auto parent = directory.parent_path();
    std::error_code error;
    std::filesystem::create_directories(parent, error);
    if (error) {
        why = "cannot make " + parent.string() + ": " + error.message();
        return errc::io_error;
    }
    struct stat above {
    }, status{};
    if (::mkdir(directory.c_str(), 0700) == 0) {
        const file_handle handle{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        if (!handle || !give_to_owner_of(parent, handle) || !sync_directory(parent))
            return fail(why, directory, "set up");
    } else if (errno != EEXIST) return fail(why, directory, "make");
    if (::stat(directory.c_str(), &status) != 0) return fail(why, directory, "examine");
    if (!S_ISDIR(status.st_mode)) return refuse(why, directory, "is not a directory");
    const bool of_parent =
        ::geteuid() == 0 && ::stat(parent.c_str(), &above) == 0 && above.st_uid == status.st_uid;
    if (!is_ours(status) && !of_parent) return refuse(why, directory, "belongs to another user");
    if ((status.st_mode & group_and_others) != 0)
        return refuse(why, directory, "is open to others than its owner: chmod 700 it");
    return {};
}

result<secret> read_secret_file(const std::filesystem::path& file, std::string& why)
{
    const file_handle handle{::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)};
    if (!handle && errno == ENOENT) return errc::not_found;
    if (!handle && errno == ELOOP) return refuse(why, file, "is a symbolic link");
    if (!handle) return fail(why, file, "read");
    if (auto checked = check_secret_file(file, handle, why); !checked) return checked.error();
    std::string text(max_file_bytes + 1, '\0');
    const auto size = handle.read_up_to(text.data(), text.size());
    if (size < 0) return fail(why, file, "read");
    if (static_cast<std::size_t>(size) > max_file_bytes) {
        why = file.string() + " is too large for a key";
        return errc::out_of_range;
    }
    text.resize(static_cast<std::size_t>(size));
    return secret{std::move(text)};
}

result<void> create_secret_file(
    const std::filesystem::path& file, const secret& content, std::string& why)
{
    return put_secret_file(file, content, placement::if_absent, why);
}

result<void> replace_secret_file(
    const std::filesystem::path& file, const secret& content, std::string& why)
{
    return put_secret_file(file, content, placement::instead, why);
}

} // namespace verbatim
