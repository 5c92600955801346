// Whether a shared session runs: what it waits for, and what a pause holds.

#include "shared_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace verbatim;
using namespace verbatim::test;

BOOST_FIXTURE_TEST_SUITE(sharing_run_suite, shared_fixture)

BOOST_AUTO_TEST_CASE(input_waits_while_a_moderator_pauses)
{
    begin_shell();
    const auto bob = join("bob", party_mode::peer);
    const auto mo = join("mo", party_mode::moderator);
    live->pause(bob, true); // peers do not
    run_until_idle();
    type("a");
    live->pause(mo, true);
    run_until_idle();
    type("b");
    types(bob, "c");
    answer("output goes on");
    BOOST_TEST(target.received(data_stream::input) == "a");
    BOOST_TEST(client.received(data_stream::output).find("output goes on") != std::string::npos);
    BOOST_TEST((live->now().state == "paused"));
    live->pause(mo, false);
    run_until_idle();
    type("d");
    BOOST_TEST(target.received(data_stream::input) == "abcd");
    BOOST_TEST(typed_by("bob") == "c");
    leave();
}

BOOST_AUTO_TEST_CASE(it_starts_when_all_are_there)
{
    facts.sharing.missing = [](const auto& there) {
        return there.size() < 2 ? std::string("another") : std::string();
    };
    begin_shell();
    BOOST_TEST(target.count<net::start_event>() == 0u);
    BOOST_TEST(logged<wire::session_start>() == 0u);
    BOOST_TEST((live->now().state == "pending"));
    type("typed blind");
    const auto bob = join("bob", party_mode::observer);
    BOOST_TEST(logged<wire::session_start>() == 0u);
    const auto eve = join("eve", party_mode::observer);
    BOOST_TEST(logged<wire::session_start>() == 1u);
    BOOST_TEST(target.count<net::start_event>() == 1u);
    BOOST_TEST(logged<wire::session_join>() == 2u);
    BOOST_TEST(target.received(data_stream::input) == "");
    live->leave(eve);
    run_until_idle();
    BOOST_TEST(client.is_closed());
    BOOST_TEST(end_event().reason.find("may not run without another") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(it_is_given_up_while_it_waits)
{
    facts.sharing.missing = [](const auto&) { return std::string("somebody"); };
    begin_shell();
    type("\x03");
    BOOST_TEST(client.is_closed());
    BOOST_TEST(logged<wire::session_start>() == 0u);
    BOOST_TEST(logged<wire::session_reject>() == 1u);
    BOOST_TEST(over);
}

// Nothing is durable yet, so nothing holds its end up: it must not be gone within end() itself.
BOOST_AUTO_TEST_CASE(it_is_ended_while_it_waits)
{
    facts.sharing.missing = [](const auto&) { return std::string("somebody"); };
    begin_shell();
    live->end("session ended by mo");
    run_until_idle();
    BOOST_TEST(over);
    BOOST_TEST(target.is_closed());
    BOOST_TEST(audit.log.all<wire::session_reject>().at(0).reason == "session ended by mo");
}

BOOST_AUTO_TEST_CASE(without_a_terminal_nobody_can_watch)
{
    begin_exec("cat");
    const auto bob = join("bob", party_mode::observer);
    BOOST_TEST(bob->farewell() == "this session has no terminal to join");
    leave();
}

BOOST_AUTO_TEST_CASE(what_must_be_watched_and_cannot_be_does_not_start)
{
    facts.sharing.missing = [](const auto&) { return std::string("somebody"); };
    begin_exec("cat");
    BOOST_TEST(client.is_closed());
    BOOST_TEST(logged<wire::session_reject>() == 1u);
    BOOST_TEST(target.count<net::start_event>() == 0u);
}

BOOST_AUTO_TEST_CASE(nobody_types_before_the_start_is_in_the_books)
{
    client.play(net::pty_event{"xterm", 80, 24});
    start();
    const auto bob = join("bob", party_mode::peer);
    types(bob, "unrecorded");
    BOOST_TEST(target.received(data_stream::input) == "");
    BOOST_TEST(logged<wire::session_join>() == 0u);
    client.play(net::start_event{net::start_kind::shell, {}});
    run_until_idle();
    BOOST_TEST(logged<wire::session_join>() == 1u); // as soon as there is a book for it
    types(bob, "ls");
    BOOST_TEST(target.received(data_stream::input) == "ls");
    BOOST_TEST(typed_by("bob") == "ls");
    leave();
}

BOOST_AUTO_TEST_CASE(the_pause_of_a_moderator_who_leaves_ends)
{
    begin_shell();
    const auto mo = join("mo", party_mode::moderator);
    live->pause(mo, true);
    run_until_idle();
    type("held");
    BOOST_TEST(target.received(data_stream::input) == "");
    live->leave(mo);
    run_until_idle();
    BOOST_TEST(target.received(data_stream::input) == "held");
    leave();
}

BOOST_AUTO_TEST_CASE(of_two_moderators_the_last_word_counts)
{
    begin_shell();
    const auto mo = join("mo", party_mode::moderator), ann = join("ann", party_mode::moderator);
    live->pause(mo, true);
    live->pause(ann, false);
    run_until_idle();
    type("a");
    live->pause(ann, true);
    live->pause(ann, true);
    run_until_idle();
    type("b");
    live->leave(ann);
    run_until_idle();
    BOOST_TEST(target.received(data_stream::input) == "a"); // mo is still there to let it go on
    live->pause(mo, false);
    run_until_idle();
    BOOST_TEST(target.received(data_stream::input) == "ab");
    live->terminate(ann); // has left
    run_until_idle();
    BOOST_TEST(!client.is_closed());
    live->terminate(mo);
    run_until_idle();
    BOOST_TEST(client.is_closed());
    BOOST_TEST(end_event().reason == "session ended by mo");
}

BOOST_AUTO_TEST_CASE(what_a_pause_holds_of_a_peer_has_a_limit_and_ends_nothing)
{
    begin_shell();
    const auto bob = join("bob", party_mode::peer);
    const auto mo = join("mo", party_mode::moderator);
    live->pause(mo, true);
    run_until_idle();
    for (int i = 0; i < 100; ++i) types(bob, std::string(4096, 'b'));
    type("own");
    BOOST_TEST(!client.is_closed());
    live->pause(mo, false);
    run_until_idle();
    const auto got = target.received(data_stream::input);
    BOOST_TEST(got.size() < 40'000u);
    BOOST_TEST(got.ends_with("own"));
    BOOST_TEST(typed_by("bob").size() == got.size() - 3);
    leave();
}

BOOST_AUTO_TEST_CASE(what_the_owner_typed_in_a_pause_is_within_his_window)
{
    begin_shell();
    const auto mo = join("mo", party_mode::moderator);
    live->pause(mo, true);
    run_until_idle();
    bool all_within = true;
    target.on_event = [&](const net::leg_event& event) {
        if (std::holds_alternative<net::data_event>(event.body)) all_within &= event.within_window;
    };
    type(std::string(300'000, 'x'));
    live->pause(mo, false);
    run_until_idle();
    BOOST_TEST(target.received(data_stream::input).size() == 300'000u);
    BOOST_TEST(all_within);
    leave();
}

BOOST_AUTO_TEST_CASE(who_leaves_while_the_session_starts_is_missed)
{
    facts.sharing.missing = [](const auto& there) {
        return there.empty() ? std::string("somebody") : std::string();
    };
    begin_shell();
    audit.log.stall();
    const auto mo = join("mo", party_mode::moderator);
    live->leave(mo);
    run_until_idle();
    audit.log.release();
    run_until_idle();
    BOOST_TEST(target.count<net::start_event>() == 0u);
    BOOST_TEST(client.is_closed());
    BOOST_TEST(end_event().reason.find("may not run without somebody") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_needed_moderator_who_pauses_and_leaves_lets_nothing_through)
{
    facts.sharing.missing = [](const auto& there) {
        return there.empty() ? std::string("somebody") : std::string();
    };
    facts.sharing.pause_on_leave = true;
    begin_shell();
    const auto mo = join("mo", party_mode::moderator);
    live->pause(mo, true);
    run_until_idle();
    type("rm -rf");
    live->leave(mo);
    run_until_idle();
    BOOST_TEST(target.received(data_stream::input) == "");
    BOOST_TEST((live->now().state == "paused"));
    join("ann", party_mode::moderator);
    BOOST_TEST(target.received(data_stream::input) == "rm -rf");
    leave();
}

BOOST_AUTO_TEST_CASE(what_a_peer_typed_in_a_pause_goes_with_him)
{
    begin_shell();
    const auto bob = join("bob", party_mode::peer);
    const auto mo = join("mo", party_mode::moderator);
    live->pause(mo, true);
    run_until_idle();
    types(bob, "late");
    type("own");
    live->leave(bob);
    live->pause(mo, false);
    run_until_idle();
    BOOST_TEST(target.received(data_stream::input) == "own");
    BOOST_TEST(typed_by("bob") == "");
    leave();
}

BOOST_AUTO_TEST_CASE(what_waits_for_its_turn_is_held_when_a_pause_comes)
{
    begin_shell();
    const auto bob = join("bob", party_mode::peer);
    const auto mo = join("mo", party_mode::moderator);
    target.stall();
    types(bob, "first"); // is on its way to a target that does not read
    type("second");
    live->pause(mo, true);
    run_until_idle();
    type("third");
    target.release();
    run_until_idle();
    BOOST_TEST(target.received(data_stream::input) == "first");
    live->pause(mo, false);
    run_until_idle();
    BOOST_TEST(target.received(data_stream::input) == "firstsecondthird");
    BOOST_TEST(recorded(wire::stream_tag::standard_input) == "firstsecondthird");
    leave();
}

BOOST_AUTO_TEST_SUITE_END()
