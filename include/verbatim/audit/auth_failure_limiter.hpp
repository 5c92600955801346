#pragma once
// Failed-login floods, counted per source: a guesser must not cost one fsync a guess.

#include <verbatim/base/clock.hpp>
#include <verbatim/wire/events.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim::audit {

struct auth_failure_limits {
    std::uint64_t individually = 5; ///< of one source in one window; the rest is summed
    std::chrono::seconds window{60};
    /// Sources counted apart at a time. Full: all further ones share one count.
    std::size_t sources = 4096;
};

/// Every failure ends up in exactly one event: its own, or its source's sum.
/// Thread: any.
class auth_failure_limiter {
public:
    auth_failure_limiter(auth_failure_limits limits, const clock& clock);

    /// `source` is an address without its port (IPv6: the prefix that counts as one source).
    /// Returns the event to log now; none when it was only counted.
    std::optional<wire::auth_attempt> add(std::string_view source, wire::auth_attempt attempt);

    /// The sums of the windows that have ended: to be called about once a second. Each looks like
    /// the last failure it stands for, with fresh `time` and `uid`, and `repeated` says for how
    /// many.
    std::vector<wire::auth_attempt> take_due();

    /// The sums of all windows, at shutdown.
    std::vector<wire::auth_attempt> take_all();

private:
    struct counted {
        monotonic_time began;
        std::uint64_t seen = 0;
        std::optional<wire::auth_attempt> sum; // of those not logged one by one
    };

    counted& find(std::string_view source, monotonic_time now);
    std::vector<wire::auth_attempt> take(monotonic_time began_until);

    const auth_failure_limits limits_;
    const clock& clock_; // outlives this
    std::mutex mutex_;
    std::map<std::string, counted, std::less<>> sources_; // "" counts those beyond the limit
};

} // namespace verbatim::audit
