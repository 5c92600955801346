#include <verbatim/audit/auth_failure_limiter.hpp>

#include <utility>

namespace verbatim::audit {
namespace {

// The failures of a window add up in its last one.
void add_up(std::optional<wire::auth_attempt>& sum, wire::auth_attempt attempt)
{
    attempt.repeated += sum ? sum->repeated : 0;
    attempt.header.metadata.uid.clear();
    attempt.header.metadata.time = {};
    sum = std::move(attempt);
}

} // namespace

auth_failure_limiter::auth_failure_limiter(auth_failure_limits limits, const clock& clock)
    : limits_(limits), clock_(clock)
{}

auth_failure_limiter::counted& auth_failure_limiter::find(
    std::string_view source, monotonic_time now)
{
    auto at = sources_.find(source);
    if (at == sources_.end() && sources_.size() >= limits_.sources) {
        source = {};
        at = sources_.find(source);
    }
    if (at == sources_.end())
        at = sources_.emplace(std::string(source), counted{now, 0, std::nullopt}).first;
    return at->second;
}

std::optional<wire::auth_attempt> auth_failure_limiter::add(
    std::string_view source, wire::auth_attempt attempt)
{
    const std::lock_guard lock(mutex_);
    const auto now = clock_.monotonic_now();
    auto& count = find(source, now);
    if (now - count.began >= limits_.window && !count.sum) {
        count.began = now; // a quiet window is over; one with a sum is ended by take_due()
        count.seen = 0;
    }
    if (++count.seen <= limits_.individually) return attempt;
    add_up(count.sum, std::move(attempt));
    return std::nullopt;
}

std::vector<wire::auth_attempt> auth_failure_limiter::take(monotonic_time began_until)
{
    std::vector<wire::auth_attempt> sums;
    for (auto at = sources_.begin(); at != sources_.end();) {
        if (at->second.began > began_until) {
            ++at;
            continue;
        }
        if (auto& sum = at->second.sum) {
            if (at->first.empty()) sum->message = "from several sources, this is the last";
            sums.push_back(std::move(*sum));
        }
        at = sources_.erase(at);
    }
    return sums;
}

std::vector<wire::auth_attempt> auth_failure_limiter::take_due()
{
    const std::lock_guard lock(mutex_);
    return take(clock_.monotonic_now() - limits_.window);
}

std::vector<wire::auth_attempt> auth_failure_limiter::take_all()
{
    const std::lock_guard lock(mutex_);
    return take(monotonic_time::max());
}

} // namespace verbatim::audit
