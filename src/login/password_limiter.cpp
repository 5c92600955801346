#include <verbatim/login/password_limiter.hpp>

#include <algorithm>
#include <array>

namespace verbatim::login {
namespace {

constexpr std::size_t longest_name = 64; // of a user; longer ones are nobody's
constexpr std::size_t kinds = 3;
// A full table is searched for entries that have run out no oftener: guessers would pay with our
// time otherwise.
constexpr std::chrono::seconds between_searches{1};

std::string pair_key(std::string_view source, std::string_view user)
{
    return "b " + std::string(source) + ' ' + std::string(user.substr(0, longest_name));
}

// What a try counts for: the pair, the source, the user.
std::array<std::string, kinds> keys_of(std::string_view source, std::string_view user)
{
    return {pair_key(source, user), "s " + std::string(source),
        "u " + std::string(user.substr(0, longest_name))};
}

} // namespace

bool password_limiter::has_room(bucket& of, const guess_allowance& allowance, monotonic_time now)
{
    const std::chrono::duration<double> passed = now - of.at;
    of.spent = std::max(0.0, of.spent - passed / allowance.every);
    of.at = now;
    return of.spent + 1 <= allowance.burst;
}

void password_limiter::give_back(bucket& of) noexcept { of.spent = std::max(0.0, of.spent - 1); }

// Null: it has none, and there is no shared one of its kind.
password_limiter::bucket* password_limiter::own_or_shared(const std::string& key)
{
    auto found = buckets_.find(key);
    if (found == buckets_.end()) found = buckets_.find(key.substr(0, 1));
    return found == buckets_.end() ? nullptr : &found->second;
}

// Makes no entry: what is refused must not fill the table.
bool password_limiter::has_room(
    const std::string& key, const guess_allowance& allowance, monotonic_time now)
{
    const auto own = buckets_.find(key);
    if (own != buckets_.end()) return has_room(own->second, allowance, now);
    if (buckets_.size() >= limits_.entries) make_room(now);
    if (buckets_.size() < limits_.entries) return true;
    auto* const shared = own_or_shared(key);
    return !shared || has_room(*shared, allowance, now);
}

void password_limiter::spend(const std::string& key, monotonic_time now)
{
    const bool own = buckets_.contains(key) || buckets_.size() < limits_.entries;
    buckets_.try_emplace(own ? key : key.substr(0, 1), bucket{0, now}).first->second.spent += 1;
}

void password_limiter::make_room(monotonic_time now)
{
    if (now - made_room_ < between_searches) return;
    made_room_ = now;
    // The slowest allowance says when a bucket is full again at the latest.
    auto longest = std::chrono::seconds(0);
    for (const auto& each : {limits_.per_source_and_user, limits_.per_source, limits_.per_user})
        longest = std::max(longest,
            std::chrono::seconds(static_cast<std::int64_t>(each.burst)) * each.every.count());
    std::erase_if(buckets_, [&](const auto& entry) { return now - entry.second.at >= longest; });
}

bool password_limiter::admits(std::string_view source, std::string_view user)
{
    const auto keys = keys_of(source, user);
    const std::lock_guard lock(mutex_);
    const auto now = clock_.monotonic_now();
    if (const auto known = known_by_key_.find(keys[0]); known != known_by_key_.end()) {
        auto& tries = known->second->tries;
        if (!has_room(tries, limits_.per_source_and_user, now)) return false;
        tries.spent += 1;
        return true;
    }
    // What is tried in vain counts for nothing, so it does not lengthen the wait.
    if (!has_room(keys[0], limits_.per_source_and_user, now) ||
        !has_room(keys[1], limits_.per_source, now) || !has_room(keys[2], limits_.per_user, now))
        return false;
    for (const auto& key : keys) spend(key, now);
    return true;
}

void password_limiter::take_back(std::string_view source, std::string_view user)
{
    const auto keys = keys_of(source, user);
    const std::lock_guard lock(mutex_);
    if (const auto known = known_by_key_.find(keys[0]); known != known_by_key_.end())
        return give_back(known->second->tries);
    for (const auto& key : keys)
        if (auto* const counted = own_or_shared(key)) give_back(*counted);
}

void password_limiter::succeeded(std::string_view source, std::string_view user)
{
    auto key = pair_key(source, user);
    const std::lock_guard lock(mutex_);
    buckets_.erase(key);
    if (const auto known = known_by_key_.find(key); known != known_by_key_.end()) {
        known->second->tries = {};
        known_.splice(known_.begin(), known_, known->second);
        return;
    }
    if (known_.size() >= limits_.known && !known_.empty()) {
        known_by_key_.erase(known_.back().key);
        known_.pop_back();
    }
    known_.push_front({std::move(key), {}});
    known_by_key_.emplace(known_.front().key, known_.begin());
}

} // namespace verbatim::login
