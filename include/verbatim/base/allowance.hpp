#pragma once

#include <verbatim/base/clock.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace verbatim {

/// So many at once, and then one each interval. Thread: one.
class allowance {
public:
    allowance(std::uint32_t burst, std::chrono::milliseconds interval)
        : burst_(burst), left_(burst), interval_(interval)
    {}

    /// False: not yet; wait() says how long.
    bool take(monotonic_time now)
    {
        refill(now);
        if (left_ == 0) return false;
        --left_;
        return true;
    }
    /// Until the next one may be taken; zero: now.
    std::chrono::nanoseconds wait(monotonic_time now)
    {
        refill(now);
        if (left_ != 0) return std::chrono::nanoseconds::zero();
        return interval_ - (now - since_);
    }

private:
    void refill(monotonic_time now)
    {
        if (left_ == burst_) since_ = now;
        const auto more = (now - since_) / interval_;
        if (more <= 0) return;
        left_ = static_cast<std::uint32_t>(std::min<std::int64_t>(burst_, left_ + more));
        since_ += more * interval_;
    }

    std::uint32_t burst_, left_;
    std::chrono::nanoseconds interval_;
    monotonic_time since_{};
};

} // namespace verbatim
