#include "channel_fixture.hpp"
#include "spdy_peer.hpp"

#include <boost/test/unit_test.hpp>

namespace verbatim::test {

namespace {

struct spdy_fixture : channel_fixture {
    spdy_peer as_client{*far}, as_server{*near};

    void serve(bool tty = false, std::chrono::milliseconds creation = std::chrono::seconds(30))
    {
        auto how = settings(transport::spdy, tty);
        how.creation_deadline = creation;
        server = make(transport::spdy, role::server, how);
    }
    void open(spdy_peer::stream_id id, std::string type)
    {
        as_client.open(id, {{"streamtype", std::move(type)}});
    }
    std::string seen(spdy_peer& by)
    {
        run_ready();
        return by.frames();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(spdy_channels, spdy_fixture)

BOOST_AUTO_TEST_CASE(a_server_says_nothing_before_its_client)
{
    serve();
    const auto opened = start(server->open());
    BOOST_TEST(seen(as_client).empty());
    open(1, "error");
    BOOST_TEST(seen(as_client) == "reply1 ");
    BOOST_TEST(!*opened);
}

BOOST_AUTO_TEST_CASE(large_stream_numbers_are_kept_whole)
{
    serve();
    const auto opened = start(server->open());
    open(129, "error");
    open(131, "stdin");
    as_client.data(131, "early");
    open(0x7ffffffd, "stdout");
    open(0x7fffffff, "stderr");
    BOOST_TEST(run(opened).has_value());
    BOOST_TEST(run(pull(*server)).text == "early");
    BOOST_TEST(send(*server, channel::error, "e"));
    BOOST_TEST(
        seen(as_client) == "reply129 reply131 reply2147483645 reply2147483647 data2147483647:e ");
}

BOOST_AUTO_TEST_CASE(the_end_comes_in_kubernetes_order)
{
    serve(true);
    const auto opened = start(server->open());
    open(1, "error");
    open(3, "stdin");
    open(5, "stdout");
    open(7, "resize");
    BOOST_TEST(run(opened).has_value());
    BOOST_TEST(send(*server, channel::output, "o"));
    BOOST_TEST(send(*server, channel::status, "S"));
    BOOST_TEST(send(*server, channel::output, "late"));
    const auto finished = start(done_after(server->finish()));
    BOOST_TEST(seen(as_client) == "reply1 reply3 reply5 reply7 data5:o data5:. data1:S reset1/5 "
                                  "reset3/5 reset7/5 goaway7 ");
    BOOST_TEST(far->peer_ended());
    far->end();
    BOOST_TEST(run(finished));
}

BOOST_AUTO_TEST_CASE(other_streams_than_the_set_are_refused)
{
    for (const std::string type : {"error", "resize", "stdio", ""}) {
        spdy_fixture f;
        f.serve();
        const auto opened = f.start(f.server->open());
        f.open(1, "error");
        f.open(3, type);
        BOOST_TEST((f.run(opened).error() == errc::malformed));
        BOOST_TEST(f.seen(f.as_client) == "reply1 reset3/3 ");
    }
}

BOOST_AUTO_TEST_CASE(a_stream_too_many_ends_the_connection)
{
    serve();
    const auto opened = start(server->open());
    open(1, "error");
    open(3, "stdin");
    open(5, "stdout");
    open(7, "stderr");
    BOOST_TEST(run(opened).has_value());
    open(9, "stdin");
    BOOST_TEST((run(pull(*server)).error == errc::malformed));
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_open_all_is_given_up)
{
    serve(false, std::chrono::milliseconds(1));
    const auto opened = start(server->open());
    open(1, "error");
    BOOST_TEST((run(opened).error() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(reset_ends_a_stream_behind_what_came)
{
    serve();
    const auto opened = start(server->open());
    open(1, "error");
    open(3, "stdin");
    open(5, "stdout");
    open(7, "stderr");
    as_client.data(3, "typed");
    as_client.reset(3);
    as_client.data(3, "late");
    as_client.data(99, "unknown");
    as_client.data(1, "not a client's");
    far->end();
    BOOST_TEST(run(opened).has_value());
    const auto all = run(pull_all(*server));
    BOOST_TEST(text_of(all, channel::input) == "typed");
    BOOST_TEST(ended(all, channel::input));
    BOOST_TEST(all.size() == 3);
}

BOOST_AUTO_TEST_CASE(pings_of_the_peers_parity_are_answered)
{
    serve();
    const auto opened = start(server->open());
    as_client.ping(7);
    as_client.ping(8);
    BOOST_TEST(seen(as_client) == "ping7 ");
}

BOOST_AUTO_TEST_CASE(replies_may_come_in_any_order)
{
    client = make(transport::spdy, role::client, settings(transport::spdy));
    const auto opened = start(client->open());
    BOOST_TEST(seen(as_server) == "syn1 syn3 syn5 syn7 ");
    for (const spdy_peer::stream_id id : {5, 1, 7}) as_server.reply(id);
    run_ready();
    BOOST_TEST(!*opened);
    as_server.data(5, "early");
    as_server.reply(3);
    BOOST_TEST(run(opened).has_value());
    BOOST_TEST(run(pull(*client)).text == "early");
}

BOOST_AUTO_TEST_CASE(what_follows_an_early_goaway_is_still_read)
{
    client = make(transport::spdy, role::client, settings(transport::spdy));
    const auto opened = start(client->open());
    for (const spdy_peer::stream_id id : {1, 3, 5, 7}) as_server.reply(id);
    BOOST_TEST(run(opened).has_value());
    as_server.goaway(7);
    as_server.data(5, "late");
    near->end();
    const auto all = run(pull_all(*client));
    BOOST_TEST(text_of(all, channel::output) == "late");
    BOOST_TEST((all.back().error == errc::closed));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace verbatim::test
