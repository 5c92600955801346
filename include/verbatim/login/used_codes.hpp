#pragma once
// Which one-time codes were used: none is good twice, not even after a restart.

#include <verbatim/base/result.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>

namespace verbatim::login {

/// The last step of each user whose code was taken, in a file (0600) with one line a user.
/// Thread: any; take() blocks on the file.
class used_codes {
public:
    /// A missing file holds none. A damaged one counts as none, but for its readable lines.
    explicit used_codes(std::filesystem::path file);

    /// Uses up the user's codes to that step, and puts that on disk. False: that step or a later
    /// one was used before. Errors: errc::io_error; then the code must not let anyone in.
    [[nodiscard]] result<bool> take(const std::string& user, std::uint64_t step);

private:
    result<void> write() const;

    const std::filesystem::path file_;
    std::mutex mutex_;
    std::map<std::string, std::uint64_t> last_; // by user: as many as there are users with codes
};

} // namespace verbatim::login
