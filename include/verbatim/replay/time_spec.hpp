#pragma once
// Times and durations as people type them.

#include <verbatim/base/clock.hpp>
#include <verbatim/base/result.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace verbatim::replay {

/// A duration: "90" (seconds), "1.5", "1m30s", "2h", "3d", "250ms", "1:30", "1:02:03".
/// Errors: errc::malformed; errc::out_of_range above about 31 years.
[[nodiscard]] result<std::chrono::microseconds> parse_duration(std::string_view text);

/// A point in time: RFC 3339, "2026-11-23" and "2026-11-23 14:30[:05]" (UTC), "now", and durations
/// back from `now` ("-1h", "30m", "2h ago").
/// Errors: as parse_duration.
[[nodiscard]] result<wall_time> parse_time(std::string_view text, wall_time now);

/// "3:07", "1:02:03"; whole seconds.
std::string to_clock_text(std::chrono::microseconds duration);

} // namespace verbatim::replay
