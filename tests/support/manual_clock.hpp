#pragma once
// A clock that the test advances by hand.

#include <verbatim/base/clock.hpp>

#include <atomic>

namespace verbatim::test {

/// Thread: any. Both times begin at round values: 2026-03-02T09:00:00Z and one hour of uptime.
class manual_clock final : public clock {
public:
    wall_time wall_now() const override { return wall_time(std::chrono::nanoseconds(wall_)); }
    monotonic_time monotonic_now() const override
    {
        return monotonic_time(std::chrono::nanoseconds(monotonic_));
    }
    void advance(std::chrono::nanoseconds by)
    {
        wall_ += by.count();
        monotonic_ += by.count();
    }
    /// Moves the wall clock alone, as an operator or NTP does.
    void set_wall(wall_time to) { wall_ = to.time_since_epoch().count(); }

private:
    std::atomic<std::int64_t> wall_{1'772'442'000'000'000'000};
    std::atomic<std::int64_t> monotonic_{3'600'000'000'000};
};

} // namespace verbatim::test
