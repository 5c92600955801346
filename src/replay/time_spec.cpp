#include <verbatim/replay/time_spec.hpp>

#include <verbatim/wire/event_line.hpp>

#include <charconv>
#include <cmath>
#include <cstdio>

namespace verbatim::replay {

using std::chrono::microseconds;

namespace {

constexpr double longest_seconds = 1e9;

/// Takes a decimal number off the front.
result<double> take_number(std::string_view& text)
{
    if (text.empty() || text.front() < '0' || text.front() > '9') return errc::malformed;
    double value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc{}) return errc::malformed;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

/// Seconds in the unit at the front, which is taken off; 0 for none that is known.
double take_unit(std::string_view& text)
{
    struct unit {
        std::string_view name;
        double seconds;
    };
    for (const unit known : {unit{"ms", 1e-3}, {"us", 1e-6}, {"s", 1}, {"m", 60}, {"h", 3600},
             {"d", 86400}, {"w", 7 * 86400}}) {
        if (!text.starts_with(known.name)) continue;
        text.remove_prefix(known.name.size());
        return known.seconds;
    }
    return 0;
}

result<microseconds> from_seconds(double seconds)
{
    if (!(seconds <= longest_seconds)) return errc::out_of_range;
    return microseconds(std::llround(seconds * 1e6));
}

/// "1:30", "1:02:03"
result<microseconds> parse_clock(std::string_view text)
{
    double seconds = 0;
    for (int fields = 0; fields < 3; ++fields) {
        const auto number = take_number(text);
        if (!number) return number.error();
        seconds = seconds * 60 + *number;
        if (text.empty()) return from_seconds(seconds);
        if (text.front() != ':') return errc::malformed;
        text.remove_prefix(1);
    }
    return errc::malformed;
}

bool looks_like_date(std::string_view text) noexcept
{
    return text.size() >= 10 && text[4] == '-' && text[7] == '-';
}

result<wall_time> parse_date(std::string_view text)
{
    std::string whole(text);
    if (whole.size() > 10 && whole[10] == ' ') whole[10] = 'T';
    if (whole.size() == 10) whole += "T00:00:00Z";
    else if (whole.size() == 16) whole += ":00Z";
    else if (whole.size() == 19) whole += "Z";
    return wire::parse_rfc3339(whole);
}

} // namespace

result<microseconds> parse_duration(std::string_view text)
{
    if (text.find(':') != text.npos) return parse_clock(text);
    if (text.empty()) return errc::malformed;
    double seconds = 0;
    bool first = true;
    while (!text.empty()) {
        const auto number = take_number(text);
        if (!number) return number.error();
        if (first && text.empty()) return from_seconds(*number);
        first = false;
        const double unit = take_unit(text);
        if (unit == 0) return errc::malformed;
        seconds += *number * unit;
    }
    return from_seconds(seconds);
}

result<wall_time> parse_time(std::string_view text, wall_time now)
{
    if (text == "now") return now;
    if (looks_like_date(text)) return parse_date(text);
    if (text.starts_with('-')) text.remove_prefix(1);
    if (text.ends_with(" ago")) text.remove_suffix(4);
    const auto back = parse_duration(text);
    if (!back) return back.error();
    return now - *back;
}

std::string to_clock_text(microseconds duration)
{
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
    char text[48];
    if (seconds >= 3600) {
        std::snprintf(text, sizeof text, "%lld:%02lld:%02lld",
            static_cast<long long>(seconds / 3600), static_cast<long long>(seconds / 60 % 60),
            static_cast<long long>(seconds % 60));
    } else {
        std::snprintf(text, sizeof text, "%lld:%02lld", static_cast<long long>(seconds / 60),
            static_cast<long long>(seconds % 60));
    }
    return text;
}

} // namespace verbatim::replay
