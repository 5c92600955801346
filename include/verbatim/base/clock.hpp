#pragma once
// Time as a seam: tests own it and advance it by hand.

#include <chrono>
#include <cstdint>
#include <string>

namespace verbatim {

using wall_time = std::chrono::sys_time<std::chrono::nanoseconds>;
using monotonic_time = std::chrono::steady_clock::time_point;

/// Thread: any.
class clock {
public:
    virtual ~clock() = default;
    virtual wall_time wall_now() const = 0;
    virtual monotonic_time monotonic_now() const = 0;
};

class system_clock final : public clock {
public:
    wall_time wall_now() const override;
    monotonic_time monotonic_now() const override;
};

/// RFC 3339 in UTC with `Z`; the fraction's trailing zeros are dropped, as Go's RFC3339Nano does.
std::string to_rfc3339(wall_time time);

/// `time` cut down to whole milliseconds, the resolution of an event's `time`.
wall_time to_milliseconds(wall_time time);

} // namespace verbatim
