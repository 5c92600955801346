#include <verbatim/base/clock.hpp>

#include <cstdio>

namespace verbatim {

wall_time system_clock::wall_now() const
{
    return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

monotonic_time system_clock::monotonic_now() const { return std::chrono::steady_clock::now(); }

std::string to_rfc3339(wall_time time)
{
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock_time{time - day};
    char text[64];
    const int length = std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d",
        static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()), static_cast<int>(clock_time.hours().count()),
        static_cast<int>(clock_time.minutes().count()),
        static_cast<int>(clock_time.seconds().count()));
    std::string out(text, static_cast<std::size_t>(length));
    if (const auto fraction = clock_time.subseconds().count(); fraction != 0) {
        std::snprintf(text, sizeof text, ".%09lld", static_cast<long long>(fraction));
        out += text;
        out.erase(out.find_last_not_of('0') + 1);
    }
    return out += 'Z';
}

wall_time to_milliseconds(wall_time time)
{
    return std::chrono::floor<std::chrono::milliseconds>(time);
}

} // namespace verbatim
