#include <verbatim/login/used_codes.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <tuple>

namespace verbatim::login {

used_codes::used_codes(std::filesystem::path file) : file_(std::move(file))
{
    std::ifstream in(file_);
    std::string user;
    std::uint64_t step = 0;
    while (in >> user >> step) last_[user] = step;
}

result<bool> used_codes::take(const std::string& user, std::uint64_t step)
{
    const std::lock_guard lock(mutex_);
    const auto known = last_.find(user);
    if (known != last_.end() && step <= known->second) return false;
    last_[user] = step;
    if (!write()) return errc::io_error;
    return true;
}

result<void> used_codes::write() const
{
    std::string text;
    for (const auto& [user, step] : last_) text += user + ' ' + std::to_string(step) + '\n';
    const auto fresh = file_.string() + ".new";
    const int opened =
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (opened < 0) return errc::io_error;
    const auto put = ::write(opened, text.data(), text.size());
    const bool whole = put >= 0 && static_cast<std::size_t>(put) == text.size();
    const bool synced = whole && ::fdatasync(opened) == 0;
    ::close(opened);
    if (!synced || ::rename(fresh.c_str(), file_.c_str()) != 0) return errc::io_error;
    // Else a power cut could bring the old file back, while the code is still good.
    const auto folder = file_.has_parent_path() ? file_.parent_path() : std::filesystem::path(".");
    const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return errc::io_error;
    const bool kept = ::fsync(directory) == 0;
    ::close(directory);
    if (!kept) return errc::io_error;
    return {};
}

} // namespace verbatim::login
