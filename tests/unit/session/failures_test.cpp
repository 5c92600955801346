// What cannot be recorded does not happen, and whatever fails, the books are closed.

#include "session_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace verbatim;
using namespace verbatim::test;
using net::data_stream;
using wire::stream_tag;

bool is_prefix(std::string_view of, std::string_view whole) { return whole.starts_with(of); }

/// Every seam is called: terminal, start, both streams, resize, statuses, half-closes, ends.
void live_a_life(session_fixture& fix)
{
    fix.client.play(net::pty_event{"xterm", 80, 24});
    fix.begin_exec(std::string(20'000, 'x'));
    fix.type("first");
    fix.answer("second");
    fix.client.play(net::resize_event{100, 30});
    fix.target.play_data(data_stream::error, "third");
    fix.run_until_idle();
    fix.store.stall();
    fix.type("fourth");
    fix.answer("fifth");
    fix.store.release();
    fix.run_until_idle();
    fix.client.play(net::end_of_file_event{});
    fix.target.play(net::exit_status_event{0});
    fix.target.play(net::end_of_file_event{});
    fix.leave();
    // Where a failure kept the leave from the other side, the peers go away in the end.
    fix.client.vanish();
    fix.target.vanish();
    fix.run_until_idle();
}

bool nothing_unrecorded_passed(const session_fixture& fix)
{
    const auto input = fix.target.received(data_stream::input);
    const auto output = fix.client.received(data_stream::output);
    const auto error = fix.client.received(data_stream::error);
    if (fix.store.recordings.empty()) return input.empty() && output.empty() && error.empty();
    return is_prefix(input, fix.recorded(stream_tag::standard_input)) &&
           is_prefix(output, fix.recorded(stream_tag::standard_output)) &&
           is_prefix(error, fix.recorded(stream_tag::standard_error));
}

/// An end that the log refused stands in the recording and in the operators' log.
bool every_start_has_an_end(const session_fixture& fix)
{
    if (fix.audit.log.every_start_has_an_end()) return true;
    return fix.audit.refused_an_end && fix.log.errors > 0 && fix.store.only().end.has_value();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(failures, session_fixture)

BOOST_AUTO_TEST_CASE(a_recorder_that_fails_ends_the_session_with_a_notice)
{
    begin_shell();
    answer("recorded");
    store.fail();
    answer("lost");
    BOOST_TEST(over);
    BOOST_TEST(client.received(data_stream::output) == "recorded");
    BOOST_REQUIRE(client.notices.size() == 1);
    BOOST_TEST(client.notices[0].starts_with("session ended: it can no longer be recorded"));
    BOOST_TEST(client.closes.at(0) == 255);
    BOOST_TEST(target.is_closed());
    BOOST_TEST(end_event().reason.starts_with("recording failed"));
}

BOOST_AUTO_TEST_CASE(a_recorder_that_fails_for_input_does_not_let_output_pass_either)
{
    begin_shell();
    store.stall();
    client.play_data(data_stream::input, "typed");
    target.play_data(data_stream::output, "shown");
    run_until_idle();
    BOOST_TEST(store.waiting_for_room == 2);
    store.fail();
    run_until_idle();
    BOOST_TEST(over);
    BOOST_TEST(store.waiting_for_room == 0);
    BOOST_TEST(target.received(data_stream::input).empty());
    BOOST_TEST(client.received(data_stream::output).empty());
    BOOST_TEST(client.is_closed());
    BOOST_TEST(target.is_closed());
    BOOST_TEST(client.notices.size() == 1);
}

BOOST_AUTO_TEST_CASE(a_full_disk_refuses_the_session_in_plain_words)
{
    store.refuse_to_open(errc::disk_full);
    begin_shell();
    BOOST_TEST(over);
    BOOST_TEST(target.count<net::start_event>() == 0);
    BOOST_TEST(client.notices.at(0).starts_with("no session: the recording store is full"));
    BOOST_TEST(client.closes.at(0) == 255);
    BOOST_TEST(audit.log.types() == std::vector<std::string>{"session.rejected"});
}

BOOST_AUTO_TEST_CASE(an_audit_log_that_fails_refuses_the_session)
{
    audit.log.fail_from(1);
    begin_shell();
    BOOST_TEST(over);
    BOOST_TEST(target.count<net::start_event>() == 0);
    BOOST_TEST(client.notices.at(0).starts_with("no session: the audit log cannot be written"));
    BOOST_TEST(store.only().end.has_value());
    BOOST_TEST(target.is_closed());
}

BOOST_AUTO_TEST_CASE(best_effort_goes_on_and_says_so_in_the_log)
{
    facts.recording = session::recording_mode::best_effort;
    begin_shell();
    answer("one ");
    store.fail();
    answer("two ");
    type("three");
    client.play(net::resize_event{100, 30});
    run_until_idle();
    leave();
    BOOST_TEST(over);
    BOOST_TEST(client.received(data_stream::output) == "one two ");
    BOOST_TEST(target.received(data_stream::input) == "three");
    BOOST_TEST(client.notices.empty());
    BOOST_TEST(audit.log.all<wire::session_reject>().size() == 1);
    BOOST_TEST(audit.log.all<wire::resize>().size() == 1);
    BOOST_TEST(end_event().reason.starts_with("recording failed"));
}

BOOST_AUTO_TEST_CASE(best_effort_goes_on_when_both_directions_wait_at_the_failure)
{
    facts.recording = session::recording_mode::best_effort;
    begin_shell();
    store.stall();
    client.play_data(data_stream::input, "typed");
    target.play_data(data_stream::output, "shown");
    run_until_idle();
    store.fail();
    run_until_idle();
    leave();
    BOOST_TEST(over);
    BOOST_TEST(target.received(data_stream::input) == "typed");
    BOOST_TEST(client.received(data_stream::output) == "shown");
    BOOST_TEST(audit.log.all<wire::session_reject>().size() == 1);
}

BOOST_AUTO_TEST_CASE(best_effort_begins_without_a_recording)
{
    facts.recording = session::recording_mode::best_effort;
    store.refuse_to_open(errc::disk_full);
    begin_shell();
    answer("hello");
    leave();
    BOOST_TEST(client.received(data_stream::output) == "hello");
    BOOST_TEST(audit.log.every_start_has_an_end());
    BOOST_TEST(audit.log.all<wire::session_reject>().size() == 1);
}

BOOST_AUTO_TEST_CASE(a_start_that_reaches_the_log_after_all_has_an_end_there)
{
    fail_point first_commit(7); // five of the legs' calls, the opening of the recording, then it
    session_fixture fix(first_commit);
    fix.audit.keep_what_failed = true;
    fix.begin_shell();
    BOOST_TEST(fix.over);
    BOOST_TEST(fix.target.count<net::start_event>() == 0);
    BOOST_REQUIRE(fix.audit.log.all<wire::session_start>().size() == 1);
    BOOST_TEST(fix.audit.log.every_start_has_an_end());
}

BOOST_AUTO_TEST_CASE(every_start_has_an_end_whatever_fails)
{
    const auto count = for_each_failure([](fail_point& point) {
        session_fixture fix(point);
        live_a_life(fix);
        BOOST_TEST_CONTEXT("call " << point.at())
        {
            BOOST_TEST(fix.over);
            BOOST_TEST(every_start_has_an_end(fix));
            BOOST_TEST(nothing_unrecorded_passed(fix));
        }
    });
    BOOST_TEST(count > 40);
}

BOOST_AUTO_TEST_CASE(every_start_has_an_end_whatever_fails_in_best_effort)
{
    for_each_failure([](fail_point& point) {
        session_fixture fix(point);
        fix.facts.recording = session::recording_mode::best_effort;
        live_a_life(fix);
        BOOST_TEST_CONTEXT("call " << point.at())
        {
            BOOST_TEST(fix.over);
            BOOST_TEST((fix.audit.log.every_start_has_an_end() || fix.audit.refused_an_end));
        }
    });
}

BOOST_AUTO_TEST_CASE(a_peer_that_goes_at_any_time_leaves_closed_books)
{
    // As above, and the log and the recorder stall at first.
    for_each_failure([](fail_point& point) {
        session_fixture fix(point);
        fix.audit.log.stall();
        fix.begin_shell();
        fix.client.vanish();
        fix.run_until_idle();
        fix.audit.log.release();
        fix.run_until_idle();
        BOOST_TEST_CONTEXT("call " << point.at())
        {
            BOOST_TEST(fix.over);
            BOOST_TEST(every_start_has_an_end(fix));
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
