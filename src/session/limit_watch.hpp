#pragma once

#include <verbatim/session/limits.hpp>

#include <optional>
#include <string>

namespace verbatim::session {

/// Which of a session's limits is reached, by a clock that is asked and never waited for.
/// The session begins when this is made. `time` outlives it. Thread: one.
class limit_watch {
public:
    limit_watch(const limits& limits, const clock& time);

    bool any() const noexcept { return limits_.any(); }

    void client_spoke()
    {
        if (limits_.client_idle.count() != 0) client_spoke_ = time_.monotonic_now();
    }

    /// The line that says which; nothing while none is.
    std::optional<std::string> reached() const;

    /// How long none can be, if no clock is set; at most an hour.
    std::chrono::nanoseconds none_for() const;

private:
    const limits limits_;
    const clock& time_;
    const monotonic_time began_;
    monotonic_time client_spoke_;
};

} // namespace verbatim::session
