// How sessions end, and what the books say of it.

#include "session_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace verbatim;
using namespace verbatim::test;
using net::data_stream;

using types = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(endings, session_fixture)

BOOST_AUTO_TEST_CASE(a_shell_begins_and_ends)
{
    begin_shell();
    answer("$ ");
    type("exit\r");
    time.advance(std::chrono::seconds{5});
    target.play(net::exit_status_event{3});
    leave();
    BOOST_TEST(over);
    BOOST_TEST(audit.log.types() == (types{"session.start", "session.end", "session.data"}));
    const auto end = end_event();
    BOOST_TEST(end.interactive);
    BOOST_TEST(end.reason.empty());
    BOOST_TEST(end.participants == types{"alice"});
    BOOST_TEST(((end.end_time - end.start_time) == std::chrono::seconds{5}));
    BOOST_TEST(store.only().end.has_value());
    const auto data = audit.log.all<wire::session_data>().at(0);
    BOOST_TEST(data.bytes_transmitted == 2);
    BOOST_TEST(data.bytes_received == 5);
    BOOST_TEST(client.count<net::exit_status_event>() == 1);
    BOOST_TEST(client.notices.empty());
}

BOOST_AUTO_TEST_CASE(the_recording_is_finished_before_its_end_is_reported)
{
    begin_shell();
    store.hold_finish();
    leave();
    BOOST_TEST(!over);
    BOOST_TEST(audit.log.all<wire::session_end>().empty());
    store.let_finish();
    run_until_idle();
    BOOST_TEST(over);
    BOOST_TEST(audit.log.all<wire::session_end>().size() == 1);
}

BOOST_AUTO_TEST_CASE(a_command_s_exit_status_is_its_exec_event_s)
{
    begin_exec("false");
    target.play(net::exit_status_event{1});
    target.play(net::end_of_file_event{});
    leave();
    const auto exec = audit.log.all<wire::exec>().at(0);
    BOOST_TEST(exec.command == "false");
    BOOST_TEST(exec.exit_code == "1");
    BOOST_TEST(exec.exit_error.empty());
    BOOST_TEST(client.count<net::end_of_file_event>() == 1);
}

BOOST_AUTO_TEST_CASE(a_command_s_signal_is_its_exec_event_s_error)
{
    begin_exec("sleep 100");
    target.play(net::exit_signal_event{"TERM"});
    leave();
    const auto exec = audit.log.all<wire::exec>().at(0);
    BOOST_TEST(exec.exit_code.empty());
    BOOST_TEST(exec.exit_error == "signal: TERM");
}

BOOST_AUTO_TEST_CASE(a_subsystem_is_named)
{
    client.play(net::start_event{net::start_kind::subsystem, "sftp"});
    start();
    leave();
    BOOST_TEST(
        audit.log.types() == (types{"session.start", "subsystem", "session.end", "session.data"}));
    BOOST_TEST(audit.log.all<wire::subsystem>().at(0).name == "sftp");
    BOOST_TEST(end_event().initial_command == types{"subsystem:sftp"});
}

BOOST_AUTO_TEST_CASE(a_client_that_is_gone_hangs_up_the_target_and_its_recording_is_finished)
{
    begin_shell();
    answer("half a line");
    client.vanish();
    run_until_idle();
    BOOST_TEST(over);
    BOOST_TEST(target.is_closed());
    BOOST_TEST(store.only().end.has_value());
    BOOST_TEST(end_event().reason == "client disconnected");
}

BOOST_AUTO_TEST_CASE(a_client_that_is_closed_from_outside_leaves_a_reason)
{
    begin_shell();
    client.close(255);
    run_until_idle();
    BOOST_TEST(over);
    BOOST_TEST(target.is_closed());
    BOOST_TEST(end_event().reason == "ended by the proxy");
}

BOOST_AUTO_TEST_CASE(a_target_that_is_gone_is_told_to_the_client)
{
    begin_shell();
    answer("half a line");
    target.vanish();
    run_until_idle();
    BOOST_TEST(over);
    BOOST_TEST(client.received(data_stream::output) == "half a line");
    BOOST_TEST(client.notices == types{"the target closed the connection"});
    BOOST_TEST(client.closes.at(0) == 255);
    BOOST_TEST(end_event().reason == "the target closed the connection");
    BOOST_TEST(store.only().end.has_value());
}

BOOST_AUTO_TEST_CASE(a_client_that_closes_first_waits_for_the_target)
{
    begin_shell();
    client.play(net::close_event{});
    run_until_idle();
    BOOST_TEST(!over);
    BOOST_TEST(target.count<net::close_event>() == 1);
    answer("last words");
    target.play(net::close_event{});
    run_until_idle();
    BOOST_TEST(over);
    BOOST_TEST(target.closes.empty());
    BOOST_TEST(recorded(wire::stream_tag::standard_output) == "last words");
    BOOST_TEST(end_event().reason == "closed by the client");
}

BOOST_AUTO_TEST_CASE(a_target_that_does_not_close_in_time_is_hung_up)
{
    close_deadline = std::chrono::milliseconds{0};
    begin_shell();
    client.play(net::close_event{});
    loop.restart();
    loop.run(); // the deadline is due at once; then nothing is left to do
    BOOST_TEST(over);
    BOOST_TEST(target.is_closed());
}

BOOST_AUTO_TEST_CASE(no_deadline_is_left_when_both_sides_close_at_once)
{
    begin_shell();
    client.play(net::close_event{});
    target.play(net::close_event{});
    run_until_idle(); // the deadline is an hour
    BOOST_TEST(over);
    BOOST_TEST(audit.log.every_start_has_an_end());
}

BOOST_AUTO_TEST_CASE(a_channel_that_starts_nothing_leaves_nothing_in_the_books)
{
    client.play(net::close_event{});
    target.answer_close();
    start();
    BOOST_TEST(over);
    BOOST_TEST(audit.log.events.empty());
    BOOST_TEST(store.recordings.empty());
}

BOOST_AUTO_TEST_CASE(half_closes_pass_in_both_directions)
{
    begin_exec("sort");
    type("b\na\n");
    client.play(net::end_of_file_event{});
    run_until_idle();
    BOOST_TEST(target.count<net::end_of_file_event>() == 1);
    answer("a\nb\n");
    target.play(net::end_of_file_event{});
    leave();
    BOOST_TEST(client.received(data_stream::output) == "a\nb\n");
    BOOST_TEST(client.count<net::end_of_file_event>() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
