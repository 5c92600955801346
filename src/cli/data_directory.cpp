#include "cli/data_directory.hpp"

#include <verbatim/base/ids.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace verbatim::cli {
namespace {

std::string system_text() { return std::strerror(errno); }

bool make_directories(const std::filesystem::path& path, std::string& why)
{
    std::error_code error;
    for (const auto& [directory, mode] :
        {std::pair{path, 0750}, {path / "run", 0700}, {path / "log", 0750}}) {
        const bool made = std::filesystem::create_directories(directory, error);
        if (error) {
            why = "data_dir " + path.string() + " cannot be made: " + error.message();
            return false;
        }
        if (made)
            std::ignore =
                ::chmod(directory.c_str(), static_cast<mode_t>(mode)); // ours a moment ago
    }
    if (::access(path.c_str(), W_OK | X_OK) != 0) {
        why = "data_dir " + path.string() + " cannot be written: " + system_text();
        return false;
    }
    return true;
}

// The file holds the id alone. A short or foreign text is replaced: an id is only a label.
std::string id_in(int file)
{
    std::array<char, 36> text{};
    const auto got = ::pread(file, text.data(), text.size(), 0);
    if (got == static_cast<ssize_t>(text.size()))
        if (const auto id = session_id::parse({text.data(), text.size()})) return id->to_string();
    const auto fresh = random_uuid();
    const auto line = fresh + "\n";
    if (::pwrite(file, line.data(), line.size(), 0) != static_cast<ssize_t>(line.size()) ||
        ::fdatasync(file) != 0)
        return {};
    return fresh;
}

} // namespace

std::optional<data_directory> data_directory::open(
    const std::filesystem::path& path, std::string& why)
{
    if (!make_directories(path, why)) return {};
    const auto file = path / "server_id";
    const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) {
        why = file.string() + " cannot be opened: " + system_text();
        return {};
    }
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        why = "another proxy runs in " + path.string() +
              ": stop it, or give this one its own data_dir";
        ::close(lock);
        return {};
    }
    auto id = id_in(lock);
    if (id.empty()) {
        why = file.string() + " cannot be written: " + system_text();
        ::close(lock);
        return {};
    }
    return data_directory(lock, std::move(id));
}

data_directory::data_directory(data_directory&& other) noexcept
    : lock_(std::exchange(other.lock_, -1)), server_id_(std::move(other.server_id_))
{}

data_directory::~data_directory()
{
    if (lock_ >= 0) ::close(lock_);
}

} // namespace verbatim::cli
