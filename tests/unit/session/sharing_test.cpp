// Who comes to a session, types, changes its size and leaves.

#include "shared_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace verbatim;
using namespace verbatim::test;

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
