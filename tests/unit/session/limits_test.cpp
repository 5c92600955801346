#include "session/limit_watch.hpp"
#include "session_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace verbatim;
using namespace verbatim::test;
using namespace std::chrono_literals;
using net::data_stream;

BOOST_AUTO_TEST_SUITE(limit_watch)

BOOST_AUTO_TEST_CASE(without_limits_nothing_is_ever_reached)
{
    manual_clock time;
    session::limit_watch none({}, time);
    time.advance(10'000h);
    BOOST_TEST(!none.any());
    BOOST_TEST(!none.reached().has_value());
}

BOOST_AUTO_TEST_CASE(an_idle_client_is_one_that_sends_nothing)
{
    manual_clock time;
    session::limit_watch idle({15min, 0s, {}}, time);
    time.advance(14min);
    BOOST_TEST(!idle.reached().has_value());
    BOOST_TEST((idle.none_for() == 1min));
    idle.client_spoke();
    time.advance(14min);
    BOOST_TEST(!idle.reached().has_value());
    time.advance(1min);
    BOOST_TEST(
        *idle.reached() == "session ended: nothing came from you for 15m (client_idle_timeout)");
    BOOST_TEST((idle.none_for() == 0s));
}

BOOST_AUTO_TEST_CASE(a_lifetime_does_not_depend_on_the_client)
{
    manual_clock time;
    session::limit_watch aged({0s, 8h, {}}, time);
    for (int i = 0; i < 8; ++i) {
        BOOST_TEST(!aged.reached().has_value());
        time.advance(1h);
        aged.client_spoke();
    }
    BOOST_TEST(*aged.reached() == "session ended: it has lasted 8h (max_session_ttl)");
}

BOOST_AUTO_TEST_CASE(a_certificate_expires_by_the_wall_clock)
{
    manual_clock time;
    const auto expiry = time.wall_now() + 90s;
    session::limit_watch certified({0s, 0s, expiry}, time);
    BOOST_TEST((certified.none_for() == 90s));
    time.set_wall(expiry - 1ns);
    BOOST_TEST(!certified.reached().has_value());
    time.set_wall(expiry);
    BOOST_TEST(*certified.reached() == "session ended: your certificate has expired");
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

struct bounded_fixture : session_fixture {
    bounded_fixture() { limit_interval = 1ms; }
    void run_to_the_end()
    {
        loop.restart();
        loop.run();
    }
};

std::shared_ptr<session::live_session> make_live(session_fixture& f)
{
    f.facts.live = std::make_shared<session::live_session>(
        session_id::random(), f.facts.header, f.loop.get_executor());
    return f.facts.live;
}

using lines = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(session_limits, bounded_fixture)

BOOST_AUTO_TEST_CASE(a_session_ends_at_its_limit_with_a_line_and_the_reason)
{
    facts.bounds.lifetime = 60s;
    begin_shell();
    answer("$ ");
    BOOST_TEST(!over);
    time.advance(60s);
    run_to_the_end();
    BOOST_TEST(over);
    const std::string line = "session ended: it has lasted 1m (max_session_ttl)";
    BOOST_TEST(client.notices == lines{line});
    BOOST_TEST(client.closes.at(0) == 255);
    BOOST_TEST(target.is_closed());
    BOOST_TEST(end_event().reason == line);
    BOOST_TEST(recorded(wire::stream_tag::standard_output) == "$ ");
}

BOOST_AUTO_TEST_CASE(what_the_target_sends_does_not_keep_a_session_alive)
{
    facts.bounds.client_idle = 60s;
    begin_shell();
    time.advance(59s);
    type("ls\n");
    time.advance(59s);
    answer("file\n");
    BOOST_TEST(!over);
    time.advance(1s);
    run_to_the_end();
    BOOST_TEST(over);
    BOOST_TEST(
        end_event().reason == "session ended: nothing came from you for 1m (client_idle_timeout)");
}

BOOST_AUTO_TEST_CASE(a_limit_leaves_nothing_behind_when_the_session_ends_before)
{
    limit_interval = 3'600'000ms;
    facts.bounds.lifetime = 8h;
    begin_exec("true");
    leave();
    BOOST_TEST(over);
    BOOST_TEST(end_event().reason == "the target closed the session without an exit status");
}

BOOST_AUTO_TEST_CASE(a_refused_session_does_not_start)
{
    facts.refused = "you have 2 sessions";
    begin_shell();
    BOOST_TEST(over);
    BOOST_TEST(client.notices == lines{"you have 2 sessions"});
    BOOST_TEST(target.count<net::start_event>() == 0);
    const auto rejected = audit.log.all<wire::session_reject>();
    BOOST_TEST_REQUIRE(rejected.size() == 1u);
    BOOST_TEST(rejected[0].reason == "you have 2 sessions");
    BOOST_TEST(audit.log.all<wire::session_start>().empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(seen_from_outside, session_fixture)

BOOST_AUTO_TEST_CASE(others_see_what_a_session_is_and_how_far)
{
    const auto live = make_live(*this);
    BOOST_TEST(!live->now().started);
    begin_shell();
    type("ls\n");
    answer("file\n$ ");
    client.play(net::resize_event{132, 43});
    run_until_idle();
    const auto now = live->now();
    BOOST_TEST(now.started);
    BOOST_TEST((now.kind == net::start_kind::shell));
    BOOST_TEST((now.size == wire::terminal_size{132, 43}));
    BOOST_TEST(now.from_client == 3u);
    BOOST_TEST(now.to_client == 7u);
    BOOST_TEST((now.since == time.wall_now()));
    leave();
    BOOST_TEST((end_event().header.session == live->id()));
}

BOOST_AUTO_TEST_CASE(a_session_can_be_ended_from_outside)
{
    const auto live = make_live(*this);
    begin_exec("sleep 1000");
    live->end("ended by bob");
    live->end("ended by carol");
    run_until_idle();
    BOOST_TEST(over);
    BOOST_TEST(client.notices == lines{"ended by bob"});
    BOOST_TEST(client.closes.at(0) == 255);
    BOOST_TEST(end_event().reason == "ended by bob");
    live->end("too late");
    run_until_idle();
    BOOST_TEST(client.notices.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
