// Nothing passes that is not recorded, and what is recorded is what passed.

#include "session_fixture.hpp"

#include <verbatim/wire/recording_codec.hpp>

#include <boost/test/unit_test.hpp>

#include <numeric>

namespace {

using namespace verbatim;
using namespace verbatim::test;
using net::data_stream;
using wire::stream_tag;

std::string long_text(std::size_t size)
{
    std::string out(size, '\0');
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 7 + i / 251);
    return out;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(recording, session_fixture)

BOOST_AUTO_TEST_CASE(nothing_is_delivered_before_it_is_recorded)
{
    std::string seen_by_target, seen_by_client;
    bool in_order = true;
    target.on_deliver = [&](const net::event_body& body) {
        if (const auto* data = std::get_if<net::data_event>(&body)) {
            seen_by_target += as_text(data->bytes);
            in_order &= recorded(stream_tag::standard_input) == seen_by_target;
        }
    };
    client.on_deliver = [&](const net::event_body& body) {
        if (const auto* data = std::get_if<net::data_event>(&body)) {
            seen_by_client += as_text(data->bytes);
            in_order &=
                recorded(stream_tag::standard_output) + recorded(stream_tag::standard_error) ==
                seen_by_client;
        }
    };
    begin_shell();
    client.split(1);
    type("ls\r");
    target.split(3);
    answer("bin etc home\r\n");
    target.play_data(data_stream::error, "warning");
    run_until_idle();
    leave();
    BOOST_TEST(in_order);
    BOOST_TEST(over);
    BOOST_TEST(seen_by_target == "ls\r");
    BOOST_TEST(seen_by_client == "bin etc home\r\nwarning");
    BOOST_TEST(recorded(stream_tag::standard_error) == "warning");
}

BOOST_AUTO_TEST_CASE(a_target_that_speaks_before_the_start_is_durable_is_not_heard)
{
    audit.log.stall();
    begin_shell();
    answer("nobody asked");
    BOOST_TEST(client.received(data_stream::output).empty());
    BOOST_TEST(client.is_closed());
    audit.log.release();
    run_until_idle();
    BOOST_TEST(client.received(data_stream::output).empty());
    BOOST_TEST(over);
}

BOOST_AUTO_TEST_CASE(the_environment_stands_in_the_start)
{
    client.play(net::env_event{"LC_X", "echo secret"});
    begin_exec("eval \"$LC_X\"");
    leave();
    const auto start = audit.log.all<wire::session_start>().at(0);
    BOOST_TEST(start.environment == std::vector<std::string>{"LC_X=echo secret"},
        boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(more_environment_than_the_start_can_hold_is_refused)
{
    const std::string large(20'000, 'x');
    client.play(net::env_event{"LC_X", large});
    begin_exec("true");
    BOOST_TEST(client.is_closed());
    BOOST_TEST(target.delivered.empty());
}

BOOST_AUTO_TEST_CASE(the_start_is_in_both_books_before_it_is_requested)
{
    audit.log.stall();
    begin_shell();
    BOOST_TEST(store.recordings.size() == 1);
    BOOST_TEST(target.count<net::pty_event>() == 1);
    BOOST_TEST(target.count<net::start_event>() == 0);
    bool committed = false;
    target.on_deliver = [&](const net::event_body& body) {
        if (std::holds_alternative<net::start_event>(body))
            committed = audit.log.all<wire::session_start>().size() == 1;
    };
    audit.log.release();
    run_until_idle();
    BOOST_TEST(committed);
    BOOST_TEST(target.count<net::start_event>() == 1);
    const auto start = audit.log.all<wire::session_start>().at(0);
    BOOST_TEST((start.header.session == store.only().start.header.session));
    BOOST_TEST((start.size == wire::terminal_size{80, 24}));
    leave();
}

BOOST_AUTO_TEST_CASE(a_stalled_recorder_stops_both_directions_and_resumes_without_loss)
{
    const auto up = long_text(10'000), down = long_text(20'000);
    begin_shell();
    store.stall();
    client.split(100);
    target.split(100);
    const auto pulled_before = client.pulled;
    type(up);
    answer(down);
    BOOST_TEST(store.waiting_for_room == 2);
    BOOST_TEST(client.pulled == pulled_before + 1); // one in hand, the rest with the peer
    BOOST_TEST(target.pulled == 1);
    BOOST_TEST(target.received(data_stream::input).empty());
    BOOST_TEST(client.received(data_stream::output).empty());
    store.release();
    run_until_idle();
    leave();
    BOOST_TEST((target.received(data_stream::input) == up));
    BOOST_TEST((client.received(data_stream::output) == down));
    BOOST_TEST((recorded(stream_tag::standard_input) == up));
    BOOST_TEST((recorded(stream_tag::standard_output) == down));
}

BOOST_AUTO_TEST_CASE(a_client_that_stops_reading_stops_the_target)
{
    begin_shell();
    client.stall();
    target.split(10);
    answer(long_text(1000));
    BOOST_TEST(target.pulled == 1);
    client.release();
    run_until_idle();
    BOOST_TEST((client.received(data_stream::output) == long_text(1000)));
    leave();
}

BOOST_AUTO_TEST_CASE(a_pty_s_input_is_left_out_where_so_configured)
{
    facts.record_input = false;
    begin_shell();
    type("hunter2\r");
    leave();
    BOOST_TEST(target.received(data_stream::input) == "hunter2\r");
    BOOST_TEST(recorded(stream_tag::standard_input).empty());
    BOOST_TEST(audit.log.all<wire::session_data>().at(0).bytes_received == 8);
}

BOOST_AUTO_TEST_CASE(input_without_a_pty_is_recorded_all_the_same)
{
    facts.record_input = false;
    begin_exec("sort");
    type("b\na\n");
    leave();
    BOOST_TEST(recorded(stream_tag::standard_input) == "b\na\n");
}

BOOST_AUTO_TEST_CASE(a_long_command_stands_whole_in_the_recording)
{
    const auto command = long_text(100'000);
    begin_exec(command);
    leave();
    BOOST_TEST((recorded(stream_tag::command) == command));
    // Half of the usual limit, since it is not UTF-8.
    BOOST_TEST((store.only().start.initial_command.at(0) == command.substr(0, 8 * 1024)));
    // The log writer cuts its own lines and adds length and hash, for which it needs the whole.
    BOOST_TEST((audit.log.all<wire::session_start>().at(0).initial_command.at(0) == command));
    BOOST_TEST((audit.log.all<wire::exec>().at(0).command == command));
}

BOOST_AUTO_TEST_CASE(the_longest_commands_fit_a_record)
{
    for (const char filling : {'x', '\xff'}) {
        session_fixture fix;
        const std::string large(16'000, filling);
        fix.client.play(net::env_event{"LC_X", large});
        fix.begin_exec(std::string(100'000, filling));
        fix.target.play(net::exit_signal_event{std::string(60'000, filling)});
        fix.leave();
        byte_buffer out;
        BOOST_TEST(wire::append_event(out, fix.store.only().start, 0).has_value());
        BOOST_TEST(wire::append_event(out, fix.store.only().end.value(), 0).has_value());
    }
}

BOOST_AUTO_TEST_CASE(a_short_command_stands_in_the_start_alone)
{
    begin_exec("uname -a");
    leave();
    BOOST_TEST(store.only().start.initial_command.at(0) == "uname -a");
    BOOST_TEST(store.only().prints.empty());
}

BOOST_AUTO_TEST_CASE(a_resize_before_the_start_sets_the_size_of_the_start)
{
    client.play(net::pty_event{"xterm", 80, 24});
    client.play(net::resize_event{132, 50});
    client.play(net::start_event{net::start_kind::shell, {}});
    start();
    BOOST_TEST((audit.log.all<wire::session_start>().at(0).size == wire::terminal_size{132, 50}));
    BOOST_TEST(audit.log.all<wire::resize>().empty());
    BOOST_TEST(target.count<net::resize_event>() == 1);
    leave();
}

BOOST_AUTO_TEST_CASE(a_resize_after_the_start_stands_in_both_books)
{
    begin_shell();
    client.play(net::resize_event{132, 50});
    run_until_idle();
    leave();
    const auto resizes = audit.log.all<wire::resize>();
    BOOST_REQUIRE(resizes.size() == 1);
    BOOST_TEST((resizes[0].size == wire::terminal_size{132, 50}));
    BOOST_REQUIRE(store.only().events.size() == 1);
    BOOST_TEST(target.count<net::resize_event>() == 1);
}

BOOST_AUTO_TEST_CASE(a_resize_without_a_pty_makes_no_terminal)
{
    client.play(net::resize_event{132, 50});
    begin_exec("true");
    leave();
    BOOST_TEST(!audit.log.all<wire::session_start>().at(0).size.has_value());
    BOOST_TEST(!end_event().interactive);
}

BOOST_AUTO_TEST_CASE(indices_rise_through_a_session)
{
    begin_exec("true");
    client.play(net::resize_event{100, 30});
    run_until_idle();
    leave();
    std::int64_t last = -1;
    for (const auto& event : audit.log.events) {
        BOOST_TEST(wire::header_of(event).metadata.index > last);
        last = wire::header_of(event).metadata.index;
    }
    BOOST_TEST(last == 2147483646);
}

BOOST_AUTO_TEST_CASE(what_is_not_recorded_by_configuration_still_has_its_events)
{
    facts.recording = session::recording_mode::off;
    facts.recording_label = "off";
    begin_shell();
    answer("hello");
    leave();
    BOOST_TEST(store.recordings.empty());
    BOOST_TEST(client.received(data_stream::output) == "hello");
    BOOST_TEST(audit.log.every_start_has_an_end());
    BOOST_TEST(end_event().session_recording == "off");
}

BOOST_AUTO_TEST_SUITE_END()
