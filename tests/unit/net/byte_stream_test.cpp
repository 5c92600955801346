// What every byte stream does: TCP, TLS, and the fake that stands for them in other tests.
#include "stream_fixture.hpp"

#include "support/fake_byte_stream.hpp"

#include <boost/test/unit_test.hpp>

using namespace verbatim;
using namespace verbatim::test;

namespace {

struct tcp_kind : stream_fixture {
    streams make() { return tcp_streams(); }
};
struct tls_kind : tls_fixture {
    streams make() { return tls_streams(); }
};
struct fake_kind : stream_fixture {
    streams make()
    {
        auto [one, other] = fake_byte_stream::make(loop.get_executor());
        one->split_reads(1000);
        one->limit_unread(100'000);
        other->limit_unread(100'000);
        return {std::move(one), std::move(other)};
    }
};
using kinds = std::tuple<tcp_kind, tls_kind, fake_kind>;

asio::awaitable<bool> wait_readable(net::byte_stream& stream)
{
    auto ready = stream.readable();
    co_await std::move(ready);
    co_return true;
}
asio::awaitable<bool> finish(net::byte_stream& stream)
{
    auto finishing = stream.finish();
    co_await std::move(finishing);
    co_return true;
}

} // namespace

BOOST_AUTO_TEST_SUITE(net_byte_stream)

BOOST_AUTO_TEST_CASE_TEMPLATE(bytes_arrive_as_they_were_sent_both_ways, kind, kinds)
{
    kind fix;
    auto [one, other] = fix.make();
    const auto bytes = pattern(3'000'000);
    const auto there = fix.start(write(*one, bytes)), back = fix.start(write(*other, bytes));
    const auto read_there = fix.start(read_up_to(*other, bytes.size()));
    const auto read_back = fix.start(read_up_to(*one, bytes.size(), 777));
    BOOST_TEST((fix.run(read_there).first == bytes));
    BOOST_TEST((fix.run(read_back).first == bytes));
    BOOST_TEST(fix.run(there).has_value());
    BOOST_TEST(fix.run(back).has_value());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_byte_writes_arrive_in_order, kind, kinds)
{
    kind fix;
    auto [one, other] = fix.make();
    const auto bytes = pattern(500);
    const auto reading = fix.start(read_up_to(*other, bytes.size(), 7));
    for (const auto byte : bytes)
        BOOST_REQUIRE(fix.run(write(*one, byte_buffer{byte})).has_value());
    BOOST_TEST((fix.run(reading).first == bytes));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_has_not_arrived_is_not_waited_for, kind, kinds)
{
    kind fix;
    auto [one, other] = fix.make();
    std::array<std::byte, 10> room;
    const auto got = other->read_available(room);
    BOOST_TEST((got.has_value() && *got == 0));
    BOOST_REQUIRE(fix.run(write(*one, std::string("abc"))).has_value());
    BOOST_TEST((fix.run(read_up_to(*other, 3)).first.size() == 3));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_peer_that_does_not_read_holds_up_the_writer, kind, kinds)
{
    kind fix;
    auto [one, other] = fix.make();
    const auto bytes = pattern(32 * 1024 * 1024);
    const auto writing = fix.start(write(*one, bytes));
    fix.run_ready();
    BOOST_TEST(!writing.is_there());
    BOOST_TEST((fix.run(read_up_to(*other, bytes.size())).first == bytes));
    BOOST_TEST(fix.run(writing).has_value());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(after_its_end_a_side_may_still_read, kind, kinds)
{
    kind fix;
    auto [one, other] = fix.make();
    BOOST_REQUIRE(fix.run(write(*one, std::string("last"))).has_value());
    fix.run(finish(*one));
    const auto [bytes, error] = fix.run(read_up_to(*other, 100));
    BOOST_TEST(as_text(bytes) == "last");
    BOOST_TEST((error == errc::closed));
    BOOST_TEST((fix.run(read_up_to(*other, 100)).second == errc::closed));
    BOOST_REQUIRE(fix.run(write(*other, std::string("answer"))).has_value());
    BOOST_TEST(as_text(fix.run(read_up_to(*one, 6)).first) == "answer");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(close_wakes_who_reads_and_who_writes, kind, kinds)
{
    kind fix;
    auto [one, other] = fix.make();
    const auto waiting = fix.start(wait_readable(*one));
    const auto writing = fix.start(write(*one, pattern(32 * 1024 * 1024)));
    fix.run_ready();
    BOOST_TEST(!waiting.is_there());
    BOOST_TEST(!writing.is_there());
    one->close();
    one->close();
    BOOST_TEST(fix.run(waiting));
    BOOST_TEST((fix.run(writing).error() == errc::closed));
    std::array<std::byte, 10> room;
    BOOST_TEST((one->read_available(room).error() == errc::closed));
    fix.run(finish(*one));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_peer_that_is_gone_fails_writes_in_the_end, kind, kinds)
{
    kind fix;
    auto [one, other] = fix.make();
    other->close();
    other.reset();
    bool failed = false;
    for (int i = 0; i < 1000 && !failed; ++i)
        failed = fix.run(write(*one, pattern(10'000))).has_error();
    BOOST_TEST(failed);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(it_works_again_after_a_pause, kind, kinds)
{
    kind fix;
    auto [one, other] = fix.make();
    for (int round = 0; round < 5; ++round) {
        const auto reading = fix.start(read_up_to(*other, 20'000));
        fix.run_ready();
        BOOST_TEST(!reading.is_there());
        BOOST_REQUIRE(fix.run(write(*one, pattern(20'000))).has_value());
        BOOST_TEST((fix.run(reading).first == pattern(20'000)));
    }
}

BOOST_AUTO_TEST_CASE(a_reset_is_an_error_of_the_system_for_tcp_and_tls)
{
    tls_fixture fix;
    auto [client, server] = fix.sockets();
    auto stream = net::make_tcp_stream(std::move(server));
    client.set_option(tcp::socket::linger(true, 0));
    client.close();
    BOOST_TEST((fix.run(read_up_to(*stream, 1)).second == asio::error::connection_reset));
}

BOOST_AUTO_TEST_CASE(the_fake_stalls_and_breaks_at_will)
{
    stream_fixture fix;
    auto [one, other] = fake_byte_stream::make(fix.loop.get_executor());
    other->stall();
    one->send("abc");
    const auto reading = fix.start(read_up_to(*other, 4));
    fix.run_ready();
    BOOST_TEST(!reading.is_there());
    BOOST_TEST(other->unread() == 3u);
    other->resume();
    fix.run_ready();
    BOOST_TEST(other->unread() == 0u);
    one->reset();
    const auto& [bytes, error] = fix.run(reading);
    BOOST_TEST(as_text(bytes) == "abc");
    BOOST_TEST((error == asio::error::connection_reset));
    BOOST_TEST(fix.run(write(*other, std::string("x"))).has_error());
}

BOOST_AUTO_TEST_SUITE_END()
