// The allowed-now table, row by row.

#include "ssh/channel_events.hpp"
#include "ssh/gate.hpp"
#include "ssh/reply_order.hpp"

#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace verbatim::ssh {

std::ostream& operator<<(std::ostream& out, verdict value)
{
    constexpr const char* names[] = {"pass", "answer_no", "answer_yes", "drop", "violation"};
    return out << names[static_cast<std::size_t>(value)];
}

} // namespace verbatim::ssh

namespace {

using namespace verbatim;
using namespace verbatim::ssh;
namespace ws = wire::ssh;

constexpr auto client = side::client, target = side::target;
constexpr auto pass = verdict::pass, answer_no = verdict::answer_no, drop = verdict::drop,
               violation = verdict::violation;

ws::message request(ws::channel_request::detail_type detail, bool want_reply = true)
{
    return ws::channel_request{{}, want_reply, std::move(detail)};
}
ws::message data() { return ws::channel_data{{}, as_bytes("x")}; }
ws::message error_data()
{
    return ws::channel_extended_data{{}, ws::extended_data_stderr, as_bytes("x")};
}

/// A gate at a certain point of a channel's life.
gate opened()
{
    gate out;
    out.confirmed();
    return out;
}
gate started()
{
    gate out = opened();
    std::ignore = out.check(client, request(ws::shell_request{})); // known to pass
    return out;
}
gate after(gate rules, side from, const ws::message& message)
{
    std::ignore = rules.check(from, message); // tested by itself
    return rules;
}
gate ended()
{
    gate out = started();
    out.end();
    return out;
}
verdict check(gate rules, side from, const ws::message& message)
{
    return rules.check(from, message);
}

const std::vector<std::pair<std::string, ws::message>>& channel_messages()
{
    static const std::vector<std::pair<std::string, ws::message>> all{
        {"window", ws::channel_window_adjust{}},
        {"data", data()},
        {"error data", error_data()},
        {"eof", ws::channel_eof{}},
        {"close", ws::channel_close{}},
        {"success", ws::channel_success{}},
        {"failure", ws::channel_failure{}},
        {"shell", request(ws::shell_request{})},
        {"pty", request(ws::pty_request{})},
        {"exit-status", request(ws::exit_status{})},
    };
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(the_gate)

BOOST_AUTO_TEST_CASE(nothing_may_be_sent_before_the_target_has_confirmed)
{
    for (const auto from : {client, target})
        for (const auto& [name, message] : channel_messages())
            BOOST_TEST(check(gate(), from, message) == violation, name);
}

BOOST_AUTO_TEST_CASE(each_message_has_its_verdict_in_each_state)
{
    struct row {
        const char* name;
        ws::message message;
        // opened, started; by the client, then by the target
        verdict client_opened, client_started, target_opened, target_started;
    };
    const std::vector<row> table{
        {"window", ws::channel_window_adjust{}, pass, pass, pass, pass},
        {"data", data(), violation, pass, violation, pass},
        {"error data", error_data(), violation, violation, violation, pass},
        {"eof", ws::channel_eof{}, pass, pass, pass, pass},
        {"close", ws::channel_close{}, pass, pass, pass, pass},
        {"success", ws::channel_success{}, pass, pass, pass, pass},
        {"failure", ws::channel_failure{}, pass, pass, pass, pass},
        {"global request", ws::global_request{}, violation, violation, violation, violation},
        {"request success", ws::request_success{}, violation, violation, violation, violation},
        {"request failure", ws::request_failure{}, violation, violation, violation, violation},
        {"open", ws::channel_open{}, violation, violation, violation, violation},
        {"confirmation", ws::channel_open_confirmation{}, violation, violation, violation,
            violation},
        {"open failure", ws::channel_open_failure{}, violation, violation, violation, violation},
    };
    for (const auto& [name, message, in_1, in_2, out_1, out_2] : table) {
        BOOST_TEST(check(opened(), client, message) == in_1, name);
        BOOST_TEST(check(started(), client, message) == in_2, name);
        BOOST_TEST(check(opened(), target, message) == out_1, name);
        BOOST_TEST(check(started(), target, message) == out_2, name);
    }
}

BOOST_AUTO_TEST_CASE(each_request_has_its_verdict)
{
    struct row {
        const char* name;
        ws::channel_request::detail_type detail;
        verdict client_opened, client_started, target_started;
    };
    const std::vector<row> table{
        {"pty-req", ws::pty_request{}, pass, answer_no, answer_no},
        {"env", ws::env_request{}, pass, pass, answer_no},
        {"shell", ws::shell_request{}, pass, answer_no, answer_no},
        {"exec", ws::exec_request{}, pass, answer_no, answer_no},
        {"subsystem", ws::subsystem_request{}, pass, answer_no, answer_no},
        {"exec with NUL", ws::exec_request{std::string_view("scp -t x\0", 9)}, answer_no, answer_no,
            answer_no},
        {"subsystem with NUL", ws::subsystem_request{std::string_view("sftp\0", 5)}, answer_no,
            answer_no, answer_no},
        {"window-change", ws::window_change{}, pass, pass, answer_no},
        {"signal", ws::signal_request{}, pass, pass, answer_no},
        {"break", ws::break_request{}, pass, pass, answer_no},
        {"xon-xoff", ws::xon_xoff{}, pass, pass, pass},
        {"exit-status", ws::exit_status{}, answer_no, answer_no, pass},
        {"exit-signal", ws::exit_signal{}, answer_no, answer_no, pass},
        {"x11-req", ws::x11_request{}, answer_no, answer_no, answer_no},
        {"auth-agent-req", ws::agent_request{}, answer_no, answer_no, answer_no},
        {"eow", ws::end_of_write{}, pass, pass, pass},
        {"keepalive", ws::keepalive_request{}, pass, pass, pass},
        {"unknown", ws::unknown_detail{"x@example.com", {}}, answer_no, answer_no, answer_no},
    };
    for (const auto& [name, detail, in_1, in_2, out_2] : table) {
        BOOST_TEST(check(opened(), client, request(detail)) == in_1, name);
        BOOST_TEST(check(started(), client, request(detail)) == in_2, name);
        BOOST_TEST(check(started(), target, request(detail)) == out_2, name);
    }
}

BOOST_AUTO_TEST_CASE(a_second_start_is_refused_whatever_the_first_was)
{
    const ws::channel_request::detail_type starts[] = {
        ws::shell_request{}, ws::exec_request{"ls"}, ws::subsystem_request{"sftp"}};
    for (const auto& first : starts)
        for (const auto& second : starts)
            for (const bool wants_reply : {true, false}) {
                const auto rules = after(opened(), client, request(first));
                BOOST_TEST(rules.started());
                BOOST_TEST(check(rules, client, request(second, wants_reply)) == answer_no);
            }
}

BOOST_AUTO_TEST_CASE(a_target_that_asks_for_a_shell_starts_nothing)
{
    const auto rules = after(opened(), target, request(ws::shell_request{}));
    BOOST_TEST(!rules.started());
    BOOST_TEST(check(rules, target, data()) == violation);
}

BOOST_AUTO_TEST_CASE(after_its_eof_a_side_sends_no_more_data)
{
    for (const auto from : {client, target}) {
        const auto other = from == client ? target : client;
        const auto rules = after(started(), from, ws::channel_eof{});
        BOOST_TEST(check(rules, from, data()) == violation);
        BOOST_TEST(check(rules, from, error_data()) == violation);
        BOOST_TEST(check(rules, from, ws::channel_eof{}) == violation);
        BOOST_TEST(check(rules, from, ws::channel_window_adjust{}) == pass);
        BOOST_TEST(check(rules, from, ws::channel_close{}) == pass);
        BOOST_TEST(check(rules, other, data()) == pass);
    }
    const auto quiet = after(started(), target, ws::channel_eof{});
    BOOST_TEST(check(quiet, target, request(ws::exit_status{})) == pass);
}

BOOST_AUTO_TEST_CASE(nothing_follows_a_close)
{
    for (const auto from : {client, target}) {
        const auto rules = after(started(), from, ws::channel_close{});
        BOOST_TEST(rules.is_closed(from));
        for (const auto& [name, message] : channel_messages())
            BOOST_TEST(check(rules, from, message) == violation, name);
        const auto other = from == client ? target : client;
        BOOST_TEST(!rules.is_closed(other));
        BOOST_TEST(check(rules, other, data()) == pass);
        BOOST_TEST(check(rules, other, ws::channel_close{}) == pass);
    }
}

BOOST_AUTO_TEST_CASE(what_comes_after_the_proxy_s_own_end_is_dropped)
{
    for (const auto from : {client, target}) {
        for (const auto& [name, message] : channel_messages())
            BOOST_TEST(check(ended(), from, message) == drop, name);
        const auto rules = after(ended(), from, ws::channel_close{});
        BOOST_TEST(rules.is_closed(from));
        BOOST_TEST(check(rules, from, data()) == violation);
    }
}

BOOST_AUTO_TEST_CASE(a_forward_carries_data_alone)
{
    gate forward(gate::carries::forward);
    BOOST_TEST((check(forward, client, data()) == verdict::violation)); // not open yet
    forward.confirmed();
    for (const side from : {client, target}) {
        BOOST_TEST((check(forward, from, data()) == verdict::pass));
        BOOST_TEST((check(forward, from, error_data()) == verdict::violation));
        BOOST_TEST((check(forward, from, request(ws::exec_request{"id"})) == verdict::answer_no));
        BOOST_TEST((check(forward, from, request(ws::shell_request{})) == verdict::answer_no));
        BOOST_TEST(
            (check(forward, from, request(ws::subsystem_request{"sftp"})) == verdict::answer_no));
        const auto silent = after(forward, from, ws::channel_eof{});
        BOOST_TEST((check(silent, from, data()) == verdict::violation));
        BOOST_TEST((check(silent, from, ws::channel_close{}) == verdict::pass));
    }
}

BOOST_AUTO_TEST_CASE(x11_and_agents_are_asked_for_before_the_session_and_where_permitted)
{
    const auto x11 = request(ws::x11_request{false, "MIT-MAGIC-COOKIE-1", "00", 0});
    const auto agent = request(ws::agent_request{});
    BOOST_TEST((check(opened(), client, x11) == verdict::answer_no));
    BOOST_TEST((check(opened(), client, agent) == verdict::answer_no));
    gate both(gate::carries::session, {true, true});
    both.confirmed();
    BOOST_TEST((check(both, client, x11) == verdict::pass));
    BOOST_TEST((check(both, client, agent) == verdict::pass));
    BOOST_TEST((check(both, target, agent) == verdict::answer_no));
    const auto begun = after(both, client, request(ws::shell_request{}));
    BOOST_TEST((check(begun, client, x11) == verdict::answer_no));
    BOOST_TEST((check(begun, client, agent) == verdict::answer_no));
    gate one(gate::carries::session, {true, false});
    one.confirmed();
    BOOST_TEST((check(one, client, agent) == verdict::answer_no));
}

BOOST_AUTO_TEST_CASE(an_agent_that_only_the_proxy_uses_is_granted_and_asked_of_nobody_else)
{
    const auto agent = request(ws::agent_request{});
    gate here(gate::carries::session, {false, false, true, true});
    here.confirmed();
    BOOST_TEST((check(here, client, agent) == verdict::answer_yes));
    BOOST_TEST((check(here, target, agent) == verdict::answer_no));
    const auto begun = after(here, client, request(ws::shell_request{}));
    BOOST_TEST((check(begun, client, agent) == verdict::answer_no));
    gate there(gate::carries::session, {false, true, true, true});
    there.confirmed();
    BOOST_TEST((check(there, client, agent) == verdict::pass));
}

BOOST_AUTO_TEST_CASE(a_session_that_may_have_no_terminal_goes_on_without)
{
    gate bare(gate::carries::session, {false, false, false, false});
    bare.confirmed();
    BOOST_TEST((check(bare, client, request(ws::pty_request{})) == verdict::answer_no));
    bare = after(bare, client, request(ws::pty_request{}));
    BOOST_TEST((check(bare, client, request(ws::shell_request{})) == verdict::pass));
    const auto begun = after(bare, client, request(ws::shell_request{}));
    BOOST_TEST((check(begun, client, request(ws::pty_request{})) == verdict::answer_no));
}

BOOST_AUTO_TEST_CASE(what_never_opened_is_closed)
{
    gate forward(gate::carries::forward);
    forward.never_opened(client);
    BOOST_TEST(forward.is_closed(client));
    BOOST_TEST(!forward.is_closed(target));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(reply_orders)

BOOST_AUTO_TEST_CASE(an_answer_nobody_owes_is_refused)
{
    reply_order order;
    BOOST_TEST(!order.answered());
    BOOST_TEST(order.passed_on());
    BOOST_TEST(order.answered());
    BOOST_TEST(!order.answered());
}

BOOST_AUTO_TEST_CASE(our_own_answer_waits_for_those_before_it)
{
    reply_order order;
    BOOST_TEST(order.passed_on());
    BOOST_TEST(order.refused());
    BOOST_TEST(order.granted());
    BOOST_TEST(order.passed_on());
    BOOST_TEST(!order.take_due().has_value());
    BOOST_TEST(order.answered());
    BOOST_TEST(!order.answered()); // ours is due first
    BOOST_TEST((order.take_due() == false));
    BOOST_TEST((order.take_due() == true));
    BOOST_TEST(!order.take_due().has_value());
    BOOST_TEST(order.answered());
}

BOOST_AUTO_TEST_CASE(answers_owed_have_a_limit)
{
    reply_order order;
    for (std::size_t i = 0; i < reply_order::limit; ++i) BOOST_TEST(order.passed_on());
    BOOST_TEST(!order.passed_on());
    BOOST_TEST(!order.refused());
    BOOST_TEST(!order.granted());
    BOOST_TEST(order.answered());
    BOOST_TEST(order.refused());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(channel_events)

BOOST_AUTO_TEST_CASE(data_is_named_by_who_sends_it)
{
    const auto typed = std::get<net::data_event>(to_event(client, data()));
    BOOST_TEST((typed.stream == net::data_stream::input));
    BOOST_TEST(as_text(typed.bytes) == "x");
    BOOST_TEST(
        (std::get<net::data_event>(to_event(target, data())).stream == net::data_stream::output));
    BOOST_TEST((std::get<net::data_event>(to_event(target, error_data())).stream ==
                net::data_stream::error));
}

BOOST_AUTO_TEST_CASE(starts_keep_their_kind_and_words)
{
    const auto exec =
        std::get<net::start_event>(to_event(client, request(ws::exec_request{"ls -l"})));
    BOOST_TEST((exec.kind == net::start_kind::exec));
    BOOST_TEST(exec.command == "ls -l");
    const auto subsystem =
        std::get<net::start_event>(to_event(client, request(ws::subsystem_request{"sftp"})));
    BOOST_TEST((subsystem.kind == net::start_kind::subsystem));
    BOOST_TEST(subsystem.command == "sftp");
    const auto shell = std::get<net::start_event>(to_event(client, request(ws::shell_request{})));
    BOOST_TEST((shell.kind == net::start_kind::shell));
}

BOOST_AUTO_TEST_CASE(terminals_and_ends_keep_their_values)
{
    const auto pty = std::get<net::pty_event>(
        to_event(client, request(ws::pty_request{"xterm", 80, 24, 0, 0, {}})));
    BOOST_TEST(pty.term == "xterm");
    BOOST_TEST(pty.columns == 80);
    BOOST_TEST(pty.rows == 24);
    const auto resize =
        std::get<net::resize_event>(to_event(client, request(ws::window_change{132, 50, 0, 0})));
    BOOST_TEST(resize.columns == 132);
    BOOST_TEST(resize.rows == 50);
    BOOST_TEST(
        std::get<net::exit_status_event>(to_event(target, request(ws::exit_status{7}))).code == 7);
    BOOST_TEST(std::get<net::exit_signal_event>(
                   to_event(target, request(ws::exit_signal{"KILL", false, {}, {}})))
                   .name == "KILL");
    BOOST_TEST(
        std::get<net::signal_event>(to_event(client, request(ws::signal_request{"INT"}))).name ==
        "INT");
    BOOST_TEST(std::holds_alternative<net::end_of_file_event>(to_event(client, ws::channel_eof{})));
    BOOST_TEST(std::holds_alternative<net::close_event>(to_event(client, ws::channel_close{})));
}

BOOST_AUTO_TEST_CASE(the_rest_is_passed_under_a_name)
{
    const auto name = [](const ws::message& message) {
        return std::get<net::other_event>(to_event(client, message)).name;
    };
    BOOST_TEST(name(ws::channel_window_adjust{}) == "window");
    BOOST_TEST(name(ws::channel_success{}) == "reply");
    BOOST_TEST(name(request(ws::break_request{500})) == "request");
}

BOOST_AUTO_TEST_SUITE_END()
