#include <verbatim/wire/event_line.hpp>

#include <verbatim/wire/event_json.hpp>

#include "event_samples.hpp"

#include <boost/test/unit_test.hpp>

using namespace verbatim;
using namespace verbatim::test;
using wire::parse_event_line;
using wire::parse_rfc3339;

namespace {

std::int64_t nanoseconds(const result<wall_time>& time)
{
    return time.value().time_since_epoch().count();
}

} // namespace

BOOST_AUTO_TEST_SUITE(event_line)

BOOST_AUTO_TEST_CASE(every_event_we_write_can_be_read_back)
{
    for (const auto& event : every_event(full_header())) {
        const auto line = parse_event_line(wire::to_json_line(event, 12) + "\n");
        BOOST_TEST_REQUIRE(line.has_value());
        BOOST_TEST(line->type == wire::type_of(event));
        BOOST_TEST(line->code == wire::code_of(event));
        BOOST_TEST((line->time == wire::header_of(event).metadata.time));
        BOOST_TEST(line->index == 3);
        BOOST_TEST(line->user == "alice");
        BOOST_TEST(line->login == "root");
        BOOST_TEST(line->sid == "7d0c3a52-6f0e-4c1b-9b61-2f6c1a9e8b10");
        BOOST_TEST(line->server_hostname == "web1");
        BOOST_TEST(line->remote_addr == "198.51.100.7:51514");
        BOOST_TEST(line->number("seq").value() == 12);
    }
}

BOOST_AUTO_TEST_CASE(a_line_of_another_writer_is_read)
{
    const auto line = parse_event_line(
        R"({"ei":57,"event":"session.end","uid":"u","code":"T2004I","time":"2026-03-02T09:21:10Z",)"
        R"("user":"bob","sid":"s","server_labels":{"env":"prod"},"interactive":true,)"
        R"("participants":["alice","bob"],"session_start":"2026-03-02T09:14:07.501883412Z",)"
        R"("mfa_device":{"x":{"y":1}},"ratio":0.5,"nothing":null})");
    BOOST_TEST_REQUIRE(line.has_value());
    BOOST_TEST(line->flag("interactive"));
    BOOST_TEST(!line->flag("absent"));
    BOOST_TEST(line->list("participants").size() == 2u);
    BOOST_TEST(line->list("absent").empty());
    BOOST_TEST(line->nested.front().first == "server_labels.env");
    BOOST_TEST(line->nested.front().second == "prod");
    BOOST_TEST(line->text("ratio") == "0.5");
    BOOST_TEST(line->time_of("session_start").has_value());
    BOOST_TEST(!line->time_of("session_stop").has_value());
    BOOST_TEST(!line->number("user").has_value());
}

BOOST_AUTO_TEST_CASE(what_is_not_an_event_is_refused)
{
    for (const std::string bad : {"", "{", "[]", "null", "{}", R"({"event":"exec"})",
             R"({"time":"2026-03-02T09:21:10Z"})", R"({"event":1,"time":"yesterday"})",
             R"({"event":"exec","time":"2026-03-02T09:21:10Z"} x)",
             R"({"event":"exec","time":"2026-03-02T09:21:10Z)", "\xff\xfe"})
        BOOST_TEST((parse_event_line(bad).error() == errc::malformed), bad);
    BOOST_TEST((parse_event_line(std::string(70'000, ' ')).error() == errc::out_of_range));
    BOOST_TEST((parse_event_line(std::string(100, '[')).error() == errc::malformed));
}

BOOST_AUTO_TEST_CASE(a_line_cut_anywhere_is_refused)
{
    const auto line = wire::to_json_line(every_event(full_header()).front());
    for (std::size_t size = 0; size < line.size(); ++size)
        BOOST_TEST(!parse_event_line(line.substr(0, size)).has_value());
}

BOOST_AUTO_TEST_CASE(times_are_read_in_every_form_of_the_standard)
{
    BOOST_TEST(nanoseconds(parse_rfc3339("1970-01-01T00:00:00Z")) == 0);
    BOOST_TEST(nanoseconds(parse_rfc3339("1970-01-01T00:00:01.5Z")) == 1'500'000'000);
    BOOST_TEST(nanoseconds(parse_rfc3339("1970-01-01t02:00:00.123456789123+02:00")) == 123'456'789);
    BOOST_TEST(nanoseconds(parse_rfc3339("1969-12-31 23:00:00-01:00")) == 0);
    const auto leap = parse_rfc3339("2016-12-31T23:59:60Z");
    BOOST_TEST((leap.value() == parse_rfc3339("2017-01-01T00:00:00Z").value()));
    for (const auto* bad : {"", "2026", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
             "2026-03-02T24:00:00Z", "2026-03-02T09:61:00Z", "2026-03-02T09:14:07",
             "2026-03-02T09:14:07.Z", "2026-03-02T09:14:07Zx", "2026-03-02T09:14:07+2:00",
             "2026-03-02T09:14:07+25:00", "-026-03-02T09:14:07Z"})
        BOOST_TEST((parse_rfc3339(bad).error() == errc::malformed), bad);
    BOOST_TEST((parse_rfc3339("0001-01-01T00:00:00Z").error() == errc::out_of_range));
}

BOOST_AUTO_TEST_CASE(a_written_time_reads_as_itself)
{
    for (const std::int64_t value : {0ll, 1ll, 1'772'442'847'512'000'000ll, -1'000'000'000ll}) {
        const wall_time time{std::chrono::nanoseconds(value)};
        BOOST_TEST(nanoseconds(parse_rfc3339(to_rfc3339(time))) == value);
    }
}

BOOST_AUTO_TEST_SUITE_END()
