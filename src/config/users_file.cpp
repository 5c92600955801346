#include <verbatim/config/users_file.hpp>

#include "config/settings_reader.hpp"
#include "config/text_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace verbatim::config {
namespace {

constexpr std::string_view heading =
    "# Written by `verbatim users`; comments added here are lost at its next change.\n";

std::string quoted_yaml(std::string_view text)
{
    // A single-quoted scalar knows one escape (YAML 1.2, 7.3.2); control characters were refused.
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') out += '\'';
        out += c;
    }
    return out + '\'';
}

void append_list(std::string& out, std::string_view key, const std::vector<std::string>& values)
{
    if (values.empty()) return;
    out += "    " + std::string(key) + ":\n";
    for (const auto& value : values) out += "      - " + quoted_yaml(value) + '\n';
}

void append_secret(
    std::string& out, std::string_view key, const std::shared_ptr<const secret>& value)
{
    if (!value) return;
    out += "    " + std::string(key) + ": " + quoted_yaml(value->reveal()) + '\n';
}

std::vector<std::string> with_options(const user_settings& user)
{
    auto lines = user.authorized_keys;
    for (auto& line : lines) {
        const auto end = line.find(' ', line.find(' ') + 1);
        const auto found = user.security_keys.find(line.substr(0, end));
        if (found == user.security_keys.end()) continue;
        const auto& rules = found->second;
        if (rules.verify_required && !rules.touch_required)
            line = "verify-required,no-touch-required " + line;
        else if (rules.verify_required) line = "verify-required " + line;
        else if (!rules.touch_required) line = "no-touch-required " + line;
    }
    return lines;
}

bool write_all(int descriptor, std::string_view text)
{
    while (!text.empty()) {
        const auto put = ::write(descriptor, text.data(), text.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
}

error_code step_failed(std::string_view step, const std::filesystem::path& path, std::string& why)
{
    why = std::string(step) + ' ' + path.string() + ": " + std::strerror(errno);
    return errc::io_error;
}

// A name of its own beside `file`, complete and on disk.
result<void> write_new_file(const std::filesystem::path& path, std::string_view text,
    const struct stat& like, std::string& why)
{
    ::unlink(path.c_str()); // left by a writer that was killed; the lock says that none is alive
    const int opened =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (opened < 0) return step_failed("cannot make", path, why);
    const bool owned = (like.st_uid == ::geteuid() && like.st_gid == ::getegid()) ||
                       ::geteuid() != 0 || ::fchown(opened, like.st_uid, like.st_gid) == 0;
    const bool written = owned && write_all(opened, text) && ::fsync(opened) == 0;
    const int error = errno;
    ::close(opened);
    if (written) return {};
    ::unlink(path.c_str());
    errno = error;
    return step_failed("cannot write", path, why);
}

result<void> make_directory(const std::filesystem::path& directory, std::string& why)
{
    std::error_code error;
    std::filesystem::create_directories(directory.parent_path(), error);
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
        return step_failed("cannot make", directory, why);
    return {};
}

} // namespace

std::filesystem::path users_file(const settings& settings)
{
    return settings.data_dir / "users.yaml";
}

loaded_users load_users_file(const std::filesystem::path& file)
{
    settings value;
    cross_checks checks;
    std::vector<problem> problems, notices;
    findings found{file, problems, notices};
    read_users_file(file, value, checks, found);
    return {std::move(value.users), std::move(problems)};
}

std::string to_yaml(std::span<const user_settings> users)
{
    std::string out(heading);
    out += users.empty() ? "users: []\n" : "users:\n";
    for (const auto& user : users) {
        out += "  - name: " + quoted_yaml(user.name) + '\n';
        append_list(out, "roles", user.roles);
        append_list(out, "authorized_keys", with_options(user));
        append_list(out, "kubernetes_tokens", user.kubernetes_tokens);
        append_list(out, "principals", user.principals);
        append_secret(out, "password_hash", user.password_hash);
        append_secret(out, "totp_secret", user.totp_secret);
    }
    return out;
}

result<void> write_users_file(
    const std::filesystem::path& file, std::span<const user_settings> users, std::string& why)
{
    const auto directory = file.parent_path();
    if (auto made = make_directory(directory, why); !made) return made;
    struct stat like {};
    if (::lstat(file.c_str(), &like) != 0 && ::stat(directory.c_str(), &like) != 0)
        return step_failed("cannot look at", directory, why);
    const auto fresh = std::filesystem::path(file.string() + ".new");
    if (auto written = write_new_file(fresh, to_yaml(users), like, why); !written) return written;
    if (::rename(fresh.c_str(), file.c_str()) != 0) return step_failed("cannot replace", file, why);
    const int opened = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0) return step_failed("cannot open", directory, why);
    const bool synced = ::fsync(opened) == 0;
    const int error = errno;
    ::close(opened);
    errno = error;
    if (!synced) return step_failed("cannot sync", directory, why);
    return {};
}

result<users_file_lock> users_file_lock::take(const std::filesystem::path& file, std::string& why)
{
    const auto directory = file.parent_path();
    if (auto made = make_directory(directory, why); !made) return made.error();
    // A file of its own: the users' file is replaced under the lock, the directory is others' to
    // lock.
    const auto beside = std::filesystem::path(file.string() + ".lock");
    const int opened =
        ::open(beside.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (opened < 0) return step_failed("cannot open", beside, why);
    users_file_lock lock(opened);
    while (::flock(opened, LOCK_EX) != 0)
        if (errno != EINTR) return step_failed("cannot lock", beside, why);
    return lock;
}

users_file_lock::users_file_lock(users_file_lock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1))
{}

users_file_lock::~users_file_lock()
{
    if (descriptor_ >= 0) ::close(descriptor_);
}

} // namespace verbatim::config
