#include <verbatim/login/password_limiter.hpp>

#include <algorithm>

namespace verbatim::login {
namespace {

constexpr std::size_t longest_name = 64; // of a user; longer ones are nobody's

std::string pair_key(std::string_view source, std::string_view user)
{
    return "b " + std::string(source) + ' ' + std::string(user.substr(0, longest_name));
}
std::string source_key(std::string_view source) { return "s " + std::string(source); }
std::string user_key(std::string_view user)
{
    return "u " + std::string(user.substr(0, longest_name));
}

} // namespace

void password_limiter::refill(bucket& of, const guess_allowance& allowance, monotonic_time now)
{
    const std::chrono::duration<double> passed = now - of.at;
    of.spent = std::max(0.0, of.spent - passed / allowance.every);
    of.at = now;
}

bool password_limiter::has_room(
    const std::string& key, const guess_allowance& allowance, monotonic_time now)
{
    auto found = buckets_.find(key);
    if (found == buckets_.end() && buckets_.size() >= limits_.entries) found = buckets_.find({});
    if (found == buckets_.end()) return true;
    refill(found->second, allowance, now);
    return found->second.spent + 1 <= allowance.burst;
}

void password_limiter::spend(
    const std::string& key, const guess_allowance& allowance, monotonic_time now)
{
    auto found = buckets_.find(key);
    if (found == buckets_.end()) {
        if (buckets_.size() >= limits_.entries) make_room(now);
        const bool full = buckets_.size() >= limits_.entries;
        found = buckets_.emplace(full ? std::string() : key, bucket{0, now}).first;
    }
    refill(found->second, allowance, now);
    // What is spent in vain does not lengthen the wait.
    found->second.spent = std::min(found->second.spent + 1, allowance.burst);
}

void password_limiter::make_room(monotonic_time now)
{
    // The slowest allowance says when a bucket is full again at the latest.
    auto longest = std::chrono::seconds(0);
    for (const auto& each : {limits_.per_source_and_user, limits_.per_source, limits_.per_user})
        longest = std::max(longest,
            std::chrono::seconds(static_cast<std::int64_t>(each.burst)) * each.every.count());
    std::erase_if(buckets_, [&](const auto& entry) { return now - entry.second.at >= longest; });
}

bool password_limiter::admits(std::string_view source, std::string_view user)
{
    const std::lock_guard lock(mutex_);
    const auto now = clock_.monotonic_now();
    if (!has_room(pair_key(source, user), limits_.per_source_and_user, now)) return false;
    if (known_.contains(pair_key(source, user))) return true;
    return has_room(source_key(source), limits_.per_source, now) &&
           has_room(user_key(user), limits_.per_user, now);
}

void password_limiter::failed(std::string_view source, std::string_view user)
{
    const std::lock_guard lock(mutex_);
    const auto now = clock_.monotonic_now();
    spend(pair_key(source, user), limits_.per_source_and_user, now);
    if (known_.contains(pair_key(source, user))) return;
    spend(source_key(source), limits_.per_source, now);
    spend(user_key(user), limits_.per_user, now);
}

void password_limiter::succeeded(std::string_view source, std::string_view user)
{
    const std::lock_guard lock(mutex_);
    const auto key = pair_key(source, user);
    buckets_.erase(key);
    if (known_.size() < limits_.known || known_.contains(key)) known_[key] = clock_.monotonic_now();
}

} // namespace verbatim::login
