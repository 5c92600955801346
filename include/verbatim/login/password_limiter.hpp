#pragma once
// How often passwords may be guessed, without locking the true user out.

#include <verbatim/base/clock.hpp>

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace verbatim::login {

/// So many wrong ones at once, and one more each `every`.
struct guess_allowance {
    double burst;
    std::chrono::seconds every;
};

struct password_limits {
    guess_allowance per_source_and_user{5, std::chrono::seconds(30)};
    guess_allowance per_source{20, std::chrono::seconds(10)};
    /// Of a user from all sources together, but for those from which he has logged in.
    guess_allowance per_user{60, std::chrono::seconds(20)};
    std::size_t entries = 8192; ///< at the limit: strangers share one
    std::size_t known =
        8192; ///< pairs of source and user that logged in; at the limit none is added
};

/// Counts wrong passwords and codes. Keys and certificates are not its business, so nobody's
/// guessing keeps a user with a key out. User names count as they were sent, known or not.
/// Thread: any.
class password_limiter {
public:
    password_limiter(password_limits limits, const clock& clock) : limits_(limits), clock_(clock) {}

    /// May this source try a password for that user now?
    bool admits(std::string_view source, std::string_view user);
    /// A wrong one.
    void failed(std::string_view source, std::string_view user);
    /// A whole login, by whatever method.
    void succeeded(std::string_view source, std::string_view user);

private:
    struct bucket {
        double spent = 0;
        monotonic_time at{};
    };
    static void refill(bucket& of, const guess_allowance& allowance, monotonic_time now);
    bool has_room(const std::string& key, const guess_allowance& allowance, monotonic_time now);
    void spend(const std::string& key, const guess_allowance& allowance, monotonic_time now);
    void make_room(monotonic_time now);

    const password_limits limits_;
    const clock& clock_;
    std::mutex mutex_;
    std::unordered_map<std::string, bucket> buckets_;
    std::unordered_map<std::string, monotonic_time> known_;
};

} // namespace verbatim::login
