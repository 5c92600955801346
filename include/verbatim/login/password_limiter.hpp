#pragma once
// How often passwords may be guessed, without locking the true user out.

#include <verbatim/base/clock.hpp>

#include <chrono>
#include <list>
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
    /// Of strangers; at the limit those without an entry share one of each kind.
    std::size_t entries = 8192;
    /// Pairs of source and user that logged in, each with an entry of its own; at the limit the
    /// one that has not for longest makes room.
    std::size_t known = 8192;
};

/// Counts wrong passwords and codes. Keys and certificates are not its business, so nobody's
/// guessing keeps a user with a key out. User names count as they were sent, known or not.
/// Thread: any.
class password_limiter {
public:
    password_limiter(password_limits limits, const clock& clock) : limits_(limits), clock_(clock) {}

    /// May this source try a password for that user now? If so, the try counts as a wrong one at
    /// once: those that are being looked at together are no more than those one after the other.
    [[nodiscard]] bool admits(std::string_view source, std::string_view user);
    /// A try that was admitted was right after all, and does not count.
    void take_back(std::string_view source, std::string_view user);
    /// A whole login, by whatever method.
    void succeeded(std::string_view source, std::string_view user);

private:
    struct bucket {
        double spent = 0;
        monotonic_time at{};
    };
    struct known_pair {
        std::string key;
        bucket tries;
    };
    static bool has_room(bucket& of, const guess_allowance& allowance, monotonic_time now);
    static void give_back(bucket& of) noexcept;
    bool has_room(const std::string& key, const guess_allowance& allowance, monotonic_time now);
    void spend(const std::string& key, monotonic_time now);
    bucket* own_or_shared(const std::string& key);
    void make_room(monotonic_time now);

    const password_limits limits_;
    const clock& clock_;
    std::mutex mutex_;
    // By kind and name. The key of a shared one is the kind alone.
    std::unordered_map<std::string, bucket> buckets_;
    monotonic_time made_room_{};
    std::list<known_pair> known_; // the latest login first
    std::unordered_map<std::string_view, std::list<known_pair>::iterator> known_by_key_;
};

} // namespace verbatim::login
