#pragma once

#include <verbatim/base/clock.hpp>
#include <verbatim/base/secret.hpp>
#include <verbatim/login/password_limiter.hpp>
#include <verbatim/login/used_codes.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace verbatim::server {

/// What somebody has typed, and what it is held against.
struct password_try {
    std::string user;                     ///< as claimed; need not exist
    std::optional<secret> password, code; ///< those that were asked for
    /// The user's; null where there is none, which takes as long as a wrong one.
    std::shared_ptr<const secret> hash, totp;
    bool code_needed = false; ///< the user has codes; else what was typed as one does not count
};

enum class password_verdict { right, wrong_password, wrong_code, used_code, failed };

/// Checks passwords and codes on threads of its own. As many at once as it has threads; those that
/// wait are connections before their login, of which there are max_unauthenticated at most.
class password_checker {
public:
    /// `used_codes_file` is where one-time codes that were used are kept.
    password_checker(const clock& time, std::filesystem::path used_codes_file);

    /// Thread: any loop; completes there.
    [[nodiscard]] boost::asio::awaitable<password_verdict> check(password_try given);

    login::password_limiter& limiter() noexcept { return limiter_; }
    /// Waits for what is running. Call once no connection is left.
    void join() { threads_.join(); }

private:
    boost::asio::awaitable<password_verdict> work(std::shared_ptr<password_try> given);
    password_verdict judge(const password_try& given);

    const clock& time_;
    login::password_limiter limiter_;
    login::used_codes used_;
    boost::asio::thread_pool threads_;
};

} // namespace verbatim::server
