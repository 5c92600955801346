#include "session_fixture.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

using namespace verbatim;
using namespace verbatim::test;
using net::data_stream;
using policy::party_mode;
using session::party;

namespace {

// A session that others can join; its painter is the session's own loop.
struct shared_fixture : session_fixture {
    shared_fixture()
    {
        live = std::make_shared<session::live_session>(
            session_id::random(), facts.header, loop.get_executor());
        facts.live = live;
        painter = loop.get_executor();
    }

    std::shared_ptr<session::live_session> live;

    std::shared_ptr<party> join(
        std::string user, party_mode mode, wire::terminal_size size = {200, 100})
    {
        session::party_facts who;
        who.header.user.user = std::move(user);
        who.mode = mode;
        who.terminal = size;
        auto out = std::make_shared<party>(std::move(who), loop.get_executor());
        live->join(out);
        run_until_idle();
        return out;
    }
    void types(const std::shared_ptr<party>& who, std::string text)
    {
        who->typing();
        live->type(who, std::move(text));
        run_until_idle();
    }
    template <class Event>
    std::size_t logged() const
    {
        return audit.log.all<Event>().size();
    }
    std::string typed_by(const std::string& user) const
    {
        std::string out;
        for (const auto& print : store.only().prints)
            if (print.party == user && print.stream == wire::stream_tag::standard_input)
                out += print.bytes;
        return out;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sharing_suite, shared_fixture)

BOOST_AUTO_TEST_CASE(what_a_peer_types_is_recorded_as_his_and_reaches_the_target)
{
    begin_shell();
    const auto bob = join("bob", party_mode::peer);
    const auto eve = join("eve", party_mode::observer);
    types(bob, "ls");
    types(eve, "rm");
    type("own");
    BOOST_TEST(target.received(data_stream::input) == "lsown");
    BOOST_TEST(typed_by("bob") == "ls");
    BOOST_TEST(typed_by("") == "own");
    BOOST_TEST(logged<wire::session_join>() == 2u);
    BOOST_TEST(
        client.received(data_stream::output).find("bob has joined as peer") != std::string::npos);
    live->leave(bob);
    run_until_idle();
    types(bob, "late");
    BOOST_TEST(target.received(data_stream::input) == "lsown");
    leave();
    BOOST_TEST(logged<wire::session_leave>() == 2u);
    BOOST_TEST(end_event().participants == (std::vector<std::string>{"alice", "bob", "eve"}),
        boost::test_tools::per_element());
    BOOST_TEST(eve->farewell() != "");
}

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

BOOST_AUTO_TEST_CASE(the_smallest_peer_rules_the_size)
{
    begin_shell();
    const auto bob = join("bob", party_mode::peer, {60, 50});
    BOOST_TEST(audit.log.all<wire::resize>().back().size.columns == 60u);
    BOOST_TEST(audit.log.all<wire::resize>().back().size.rows == 24u);
    client.play(net::resize_event{100, 10});
    run_until_idle();
    BOOST_TEST((live->now().size == wire::terminal_size{60, 10}));
    live->leave(bob);
    run_until_idle();
    BOOST_TEST((live->now().size == wire::terminal_size{100, 10}));
    BOOST_TEST(target.count<net::resize_event>() == 3u);
    leave();
}

BOOST_AUTO_TEST_CASE(a_size_that_comes_while_the_joining_is_written_counts)
{
    begin_shell();
    session::party_facts who;
    who.header.user.user = "bob";
    who.mode = party_mode::peer;
    who.terminal = {70, 20};
    const auto bob = std::make_shared<party>(std::move(who), loop.get_executor());
    live->join(bob);
    live->resize(bob, {50, 20});
    run_until_idle();
    BOOST_TEST((live->now().size == wire::terminal_size{50, 20}));
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

BOOST_AUTO_TEST_CASE(who_comes_too_late_is_told)
{
    begin_shell();
    leave();
    const auto bob = join("bob", party_mode::observer);
    BOOST_TEST(bob->farewell() == "the session has ended");
}

BOOST_AUTO_TEST_CASE(a_joining_that_cannot_be_recorded_ends_all_of_it)
{
    begin_shell();
    store.fail();
    const auto bob = join("bob", party_mode::observer);
    BOOST_TEST(bob->farewell() != "");
    type("x");
    BOOST_TEST(client.is_closed());
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

BOOST_AUTO_TEST_CASE(who_is_there_to_the_end_leaves_with_it)
{
    begin_shell();
    const auto bob = join("bob", party_mode::peer);
    const auto eve = join("eve", party_mode::observer);
    leave();
    BOOST_TEST(logged<wire::session_leave>() == 2u);
    const auto& events = audit.log.events;
    const auto is_end = [](const auto& e) { return std::holds_alternative<wire::session_end>(e); };
    const auto is_leave = [](const auto& e) {
        return std::holds_alternative<wire::session_leave>(e);
    };
    const auto end = std::find_if(events.begin(), events.end(), is_end);
    BOOST_TEST(std::count_if(events.begin(), end, is_leave) == 2);
}

BOOST_AUTO_TEST_CASE(an_owner_who_does_not_read_holds_up_no_rule)
{
    facts.sharing.missing = [](const auto& there) {
        return there.empty() ? std::string("somebody") : std::string();
    };
    facts.sharing.pause_on_leave = true;
    begin_shell();
    const auto mo = join("mo", party_mode::moderator);
    BOOST_TEST(logged<wire::session_start>() == 1u);
    client.stall();
    answer("what the owner does not read");
    live->leave(mo);
    run_until_idle();
    type("rm");
    BOOST_TEST(target.received(data_stream::input) == "");
    BOOST_TEST((live->now().state == "paused"));
    client.release();
    const auto again = join("mo", party_mode::moderator);
    BOOST_TEST(target.received(data_stream::input) == "rm");
    leave();
}

BOOST_AUTO_TEST_CASE(a_leave_counts_however_much_else_is_asked_for)
{
    facts.sharing.missing = [](const auto& there) {
        for (const auto& each : there)
            if (each.mode == party_mode::moderator) return std::string();
        return std::string("a moderator");
    };
    facts.sharing.pause_on_leave = true;
    begin_shell();
    const auto mo = join("mo", party_mode::moderator);
    const auto bob = join("bob", party_mode::peer);
    store.stall();
    type("waits for the recorder");
    for (std::uint32_t i = 0; i < 10'000; ++i) live->resize(bob, {i % 100 + 1, 20});
    live->leave(mo);
    run_until_idle();
    BOOST_TEST((live->now().state == "paused"));
    store.release();
    run_until_idle();
    type("late");
    BOOST_TEST(target.received(data_stream::input).find("late") == std::string::npos);
    BOOST_TEST(target.count<net::resize_event>() < 20u);
    mo->end("test");
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

BOOST_AUTO_TEST_CASE(one_user_does_not_take_all_places)
{
    begin_shell();
    std::vector<std::shared_ptr<party>> crowd;
    for (int i = 0; i < 113; ++i) crowd.push_back(join("bob", party_mode::observer));
    BOOST_TEST(crowd[111]->farewell() == "");
    BOOST_TEST(crowd[112]->farewell() == "you have joined this session 112 times already");
    BOOST_TEST(join("eve", party_mode::observer)->farewell() == "");
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

BOOST_AUTO_TEST_CASE(floods_of_sizes_are_thinned_out)
{
    begin_shell();
    for (std::uint32_t i = 1; i <= 1000; ++i) client.play(net::resize_event{i, 24});
    run_until_idle();
    BOOST_TEST(logged<wire::resize>() <= 10u);
    time.advance(std::chrono::seconds(1));
    client.play(net::resize_event{77, 24});
    run_until_idle();
    BOOST_TEST((live->now().size == wire::terminal_size{77, 24}));
    leave();
}

BOOST_AUTO_TEST_CASE(absurd_sizes_are_made_usable)
{
    client.play(net::pty_event{"xterm", UINT32_MAX, 0});
    client.play(net::start_event{net::start_kind::shell, {}});
    start();
    const auto bob = join("bob", party_mode::peer, {0, UINT32_MAX});
    BOOST_TEST((live->now().size == wire::terminal_size{80, 24}));
    answer("x");
    live->resize(bob, {1, 1});
    run_until_idle();
    BOOST_TEST((live->now().size == wire::terminal_size{1, 1}));
    leave();
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

BOOST_AUTO_TEST_CASE(a_target_that_does_not_read_keeps_nobody_from_joining_or_leaving)
{
    begin_shell();
    const auto bob = join("bob", party_mode::peer, {80, 24});
    target.stall();
    types(bob, "stuck");
    const auto mo = join("mo", party_mode::moderator);
    BOOST_TEST(logged<wire::session_join>() == 2u);
    live->leave(bob);
    run_until_idle();
    BOOST_TEST(logged<wire::session_leave>() == 1u);
    live->terminate(mo);
    run_until_idle();
    BOOST_TEST(client.is_closed());
    target.release();
    run_until_idle();
    BOOST_TEST(over);
}

BOOST_AUTO_TEST_SUITE_END()
