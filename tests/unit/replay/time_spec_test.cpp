#include <verbatim/replay/time_spec.hpp>

#include <boost/test/unit_test.hpp>

using namespace verbatim;
using namespace std::chrono_literals;
using replay::parse_duration;
using replay::parse_time;

BOOST_AUTO_TEST_SUITE(time_spec_tests)

BOOST_AUTO_TEST_CASE(durations_as_people_type_them)
{
    BOOST_TEST((parse_duration("90").value() == 90s));
    BOOST_TEST((parse_duration("1.5").value() == 1500ms));
    BOOST_TEST((parse_duration("1m30s").value() == 90s));
    BOOST_TEST((parse_duration("2h").value() == 2h));
    BOOST_TEST((parse_duration("3d").value() == 72h));
    BOOST_TEST((parse_duration("250ms").value() == 250ms));
    BOOST_TEST((parse_duration("1:30").value() == 90s));
    BOOST_TEST((parse_duration("1:02:03").value() == 3723s));
}

BOOST_AUTO_TEST_CASE(what_is_no_duration_is_refused)
{
    for (const auto* text :
        {"", "x", "1x", "1m30", "-1", "1:", ":1", "1:2:3:4", "1e3s", "nan", "1m "})
        BOOST_TEST((parse_duration(text).error() == errc::malformed), text);
    BOOST_TEST((parse_duration("99999999999999999999").error() == errc::out_of_range));
    BOOST_TEST((parse_duration("999999w").error() == errc::out_of_range));
}

BOOST_AUTO_TEST_CASE(points_in_time_in_every_form)
{
    const wall_time now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h;
    const wall_time day = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};
    BOOST_TEST((parse_time("now", now).value() == now));
    BOOST_TEST((parse_time("-1h", now).value() == now - 1h));
    BOOST_TEST((parse_time("30m", now).value() == now - 30min));
    BOOST_TEST((parse_time("2h ago", now).value() == now - 2h));
    BOOST_TEST((parse_time("2026-11-22", now).value() == day));
    BOOST_TEST((parse_time("2026-11-22 14:30", now).value() == day + 14h + 30min));
    BOOST_TEST((parse_time("2026-11-22T14:30:05", now).value() == day + 14h + 30min + 5s));
    BOOST_TEST((parse_time("2026-11-22T14:30:05.5Z", now).value() == day + 14h + 30min + 5500ms));
    BOOST_TEST((parse_time("2026-11-22T02:00:00+02:00", now).value() == day));
    for (const auto* text : {"", "yesterday", "2026-13-01", "2026-11-22T", "--1h"})
        BOOST_TEST(!parse_time(text, now).has_value(), text);
}

BOOST_AUTO_TEST_CASE(clock_texts)
{
    BOOST_TEST(replay::to_clock_text(7s) == "0:07");
    BOOST_TEST(replay::to_clock_text(187s) == "3:07");
    BOOST_TEST(replay::to_clock_text(3723s) == "1:02:03");
}

BOOST_AUTO_TEST_SUITE_END()
