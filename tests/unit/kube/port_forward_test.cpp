#include "channel_fixture.hpp"
#include "kube/port_forward.hpp"
#include "spdy_peer.hpp"

#include <verbatim/net/task_group.hpp>

#include <boost/asio/this_coro.hpp>
#include <boost/test/unit_test.hpp>

namespace verbatim::test {

namespace {

asio::awaitable<void> from_target(net::leg& client, net::leg& target)
{
    for (;;) {
        auto pulling = target.next();
        const auto event = co_await std::move(pulling);
        if (!event) {
            if (event.error() == errc::closed) client.notice("the target closed the connection");
            break;
        }
        auto delivering = client.deliver(*event);
        std::ignore = co_await std::move(delivering);
        if (std::holds_alternative<net::close_event>(event->body)) break;
    }
    target.stop_reading();
    client.close(255);
}

// As a session does it, without a recording.
asio::awaitable<void> relay(net::leg& client, net::leg& target, logger& log)
{
    net::task_group tasks(co_await asio::this_coro::executor, log);
    tasks.spawn("target", from_target(client, target));
    for (;;) {
        auto pulling = client.next();
        const auto event = co_await std::move(pulling);
        if (!event) {
            target.close(255);
            break;
        }
        auto delivering = target.deliver(*event);
        std::ignore = co_await std::move(delivering);
        if (std::holds_alternative<net::close_event>(event->body)) break;
    }
    client.stop_reading();
    auto joining = tasks.join();
    co_await std::move(joining);
}

struct forward_fixture : loop_fixture {
    std::unique_ptr<logger> log = make_null_logger();
    fake_byte_stream::pair clients = fake_byte_stream::make(loop.get_executor()),
                           targets = fake_byte_stream::make(loop.get_executor());
    kube::buffered_reader client_buffered{*clients.first}, target_buffered{*targets.first};
    spdy_peer client{*clients.second}, target{*targets.second};
    kube::connection_limits limits;
    std::unique_ptr<kube::port_forward> forward;
    outcome<bool> over;

    void begin()
    {
        forward = kube::make_port_forward(
            {*clients.first, client_buffered, *targets.first, target_buffered},
            [this](net::leg& from, net::leg& to) { return relay(from, to, *log); }, limits, *log);
        over = start(done_after(forward->run()));
    }
    ~forward_fixture()
    {
        if (!forward) return;
        forward->close();
        run(over);
    }
    void open(spdy_peer::stream_id id, std::string type, std::string port, std::string request)
    {
        client.open(id, {{"streamtype", std::move(type)}, {"port", std::move(port)},
                            {"requestid", std::move(request)}});
    }
    void open_pair(spdy_peer::stream_id first, std::string request)
    {
        open(first, "error", "80", request);
        client.data(first, "", true);
        open(first + 2, "data", "80", request);
    }
    std::string at_client()
    {
        run_ready();
        return client.frames();
    }
    std::string at_target()
    {
        run_ready();
        return target.frames();
    }
    void connect()
    {
        begin();
        open_pair(1, "0");
        BOOST_TEST(at_client() == "reply1 reply3 ");
        BOOST_TEST(at_target() == "syn1 data1:. syn3 ");
        target.reply(1);
        target.reply(3);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(port_forward, forward_fixture)

BOOST_AUTO_TEST_CASE(a_connection_passes_both_ways_and_ends)
{
    connect();
    client.data(3, "question");
    client.data(3, "", true);
    BOOST_TEST(at_target() == "data3:question data3:. ");
    target.data(3, "answer");
    target.data(3, "", true);
    target.data(1, "", true);
    BOOST_TEST(at_client() == "data3:answer data3:. data1:. ");
    open_pair(5, "1");
    BOOST_TEST(at_client() == "reply5 reply7 ");
    clients.second->end();
    targets.second->end();
    run(over);
    BOOST_TEST(client.frames() == "goaway7 ");
}

BOOST_AUTO_TEST_CASE(an_error_text_reaches_the_client_and_both_streams_are_reset)
{
    connect();
    target.data(1, "connection ");
    target.data(1, "refused");
    target.reset(3);
    target.reset(1);
    BOOST_TEST(at_client() == "data1:connection refused reset3/5 reset1/5 ");
}

BOOST_AUTO_TEST_CASE(refused_streams_are_a_failure)
{
    begin();
    open_pair(1, "0");
    at_client();
    at_target();
    target.reset(1);
    BOOST_TEST(at_client() == "data1:the cluster refused the streams reset3/5 reset1/5 ");
    BOOST_TEST(at_target() == "reset3/5 reset1/5 ");
}

BOOST_AUTO_TEST_CASE(a_client_that_resets_ends_the_connection_at_the_cluster)
{
    connect();
    client.data(3, "last words");
    client.reset(3);
    BOOST_TEST(at_target() == "data3:last words reset3/5 reset1/5 ");
}

BOOST_AUTO_TEST_CASE(what_is_no_forwarded_connection_is_refused)
{
    begin();
    open(1, "error", "0", "0");
    open(3, "error", "65536", "0");
    open(5, "error", "80x", "0");
    open(7, "stdin", "80", "0");
    open(9, "data", "80", "0");
    open(11, "error", "80", "");
    open(13, "error", "80", "1");
    open(15, "error", "80", "1");
    open(17, "data", "81", "1");
    BOOST_TEST(at_client() == "reset1/3 reset3/3 reset5/3 reset7/3 reset9/3 reset11/3 reply13 "
                              "reset15/3 reset17/3 ");
    BOOST_TEST(at_target().empty());
}

BOOST_AUTO_TEST_CASE(there_are_no_more_than_the_limit)
{
    limits.max_forwards = 1;
    connect();
    open(5, "error", "80", "1");
    BOOST_TEST(at_client() == "reset5/3 ");
}

BOOST_AUTO_TEST_CASE(a_slow_pair_holds_bounded_memory)
{
    connect();
    run_ready();
    targets.first->limit_unread(1000);
    const std::string piece(16 * 1024, 'x');
    std::size_t sent = 0;
    for (int i = 0; i < 200; ++i) {
        client.data(3, piece);
        sent += piece.size();
        run_ready();
    }
    const auto held = sent - clients.first->unread();
    BOOST_TEST(held > 256u * 1024);
    BOOST_TEST(held < 1024u * 1024);
    // With the session gone the connection goes on.
    client.ping(1);
    forward->close();
    BOOST_TEST(run(over));
}

// Each within its own bound, all together beyond what one connection may queue.
BOOST_AUTO_TEST_CASE(many_slow_pairs_do_not_break_their_connection)
{
    begin();
    constexpr spdy_peer::stream_id pairs = 40;
    for (spdy_peer::stream_id i = 0; i < pairs; ++i) open_pair(4 * i + 1, std::to_string(i));
    at_target();
    for (spdy_peer::stream_id i = 0; i < 2 * pairs; ++i) target.reply(2 * i + 1);
    run_ready();
    targets.first->limit_unread(1000);
    const std::string piece(16 * 1024, 'x');
    for (int round = 0; round < 12; ++round)
        for (spdy_peer::stream_id i = 0; i < pairs; ++i) {
            client.data(4 * i + 3, piece);
            run_ready();
        }
    targets.first->limit_unread(SIZE_MAX);
    std::size_t arrived = 0;
    for (auto text = at_target(); !text.empty(); text = at_target())
        arrived += static_cast<std::size_t>(std::count(text.begin(), text.end(), 'x'));
    BOOST_TEST(arrived == 12 * pairs * piece.size());
    BOOST_TEST(!targets.first->is_closed());
}

BOOST_AUTO_TEST_CASE(a_cluster_that_goes_away_ends_all)
{
    connect();
    run_ready();
    targets.second->end();
    BOOST_TEST(at_client() == "data1:the target closed the connection reset3/5 reset1/5 goaway3 ");
    clients.second->end();
    BOOST_TEST(run(over));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace verbatim::test
