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
    BOOST_TEST(logged<wire::session_leave>() == 1u);
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

BOOST_AUTO_TEST_SUITE_END()
