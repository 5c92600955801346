#include "kube/http.hpp"

#include "loop_fixture.hpp"
#include "support/fake_byte_stream.hpp"

#include <boost/test/unit_test.hpp>

using namespace verbatim;
using namespace verbatim::kube;
using namespace verbatim::test;
using kind = body_framing::kind;

namespace {

asio::awaitable<result<std::string>> read_all(http_reader& from)
{
    std::string out;
    for (;;) {
        auto reading = from.read_body();
        const auto piece = co_await std::move(reading);
        if (!piece) co_return piece.error();
        if (piece->empty()) co_return out;
        out += as_text(*piece);
    }
}

struct passed {
    result<void> how;
    bool reading_failed = false;
};
asio::awaitable<passed> pass(http_reader& from, net::byte_stream& to, body_framing framing)
{
    passed out;
    auto passing = pass_body(from, to, framing, out.reading_failed);
    out.how = co_await std::move(passing);
    co_return out;
}

struct reader_fixture : loop_fixture {
    fake_byte_stream::pair ends = fake_byte_stream::make(loop.get_executor());
    fake_byte_stream& peer = *ends.second;
    buffered_reader buffered{*ends.first};
    http_reader reader{buffered};
    fake_byte_stream::pair out = fake_byte_stream::make(loop.get_executor());

    result<std::string> body() { return run(read_all(reader)); }
    result<request_head> request() { return run(reader.read_request()); }
    result<response_head> response(bool to_head = false)
    {
        return run(reader.read_response(to_head));
    }
};

const std::string get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string post = "POST /p HTTP/1.1\r\nHost: x\r\n";

} // namespace

BOOST_FIXTURE_TEST_SUITE(kube_http_reader, reader_fixture)

BOOST_AUTO_TEST_CASE(messages_follow_each_other_however_they_arrive)
{
    for (const std::size_t at_once : {1u, 2u, 7u, 100'000u}) {
        ends.first->split_reads(at_once);
        peer.send(get + post + "Content-Length: 5\r\n\r\nhello" + post +
                  "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n" + get);
        BOOST_TEST(request()->method == "GET");
        BOOST_TEST(reader.body_done());
        BOOST_TEST(body()->empty());
        BOOST_TEST(request()->target == "/p");
        BOOST_TEST(!reader.body_done());
        BOOST_TEST(*body() == "hello");
        BOOST_TEST(reader.body_done());
        BOOST_TEST(request()->method == "POST");
        BOOST_TEST((reader.framing().how == kind::chunked));
        BOOST_TEST(*body() == "abcde");
        BOOST_TEST(request()->method == "GET");
        BOOST_TEST(buffered.available().empty());
    }
}

BOOST_AUTO_TEST_CASE(the_end_between_messages_is_no_fault_and_within_one_is)
{
    peer.send("GET / HT");
    peer.end();
    BOOST_TEST((request().error() == errc::truncated));
    reader_fixture other;
    other.peer.end();
    BOOST_TEST((other.request().error() == errc::closed));
}

BOOST_AUTO_TEST_CASE(a_head_that_is_too_long_is_told_from_a_broken_one)
{
    peer.send("GET / HTTP/1.1\r\nHost: x\r\na: " + std::string(max_head_bytes, 'a'));
    BOOST_TEST((request().error() == errc::out_of_range));
    reader_fixture other;
    other.peer.send("GET / HTTP/1.1\r\nHost: x\r\na b: c\r\n\r\n");
    BOOST_TEST((other.request().error() == errc::malformed));
}

BOOST_AUTO_TEST_CASE(a_body_that_breaks_off_is_truncated_unless_the_close_is_its_end)
{
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    peer.send(ok + "Content-Length: 5\r\n\r\nhell");
    peer.end();
    BOOST_REQUIRE(response().has_value());
    BOOST_TEST((body().error() == errc::truncated));

    reader_fixture chunked;
    chunked.peer.send(ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n");
    chunked.peer.end();
    BOOST_REQUIRE(chunked.response().has_value());
    BOOST_TEST((chunked.body().error() == errc::truncated));

    reader_fixture endless;
    endless.peer.send(ok + "\r\nhello");
    endless.peer.end();
    BOOST_REQUIRE(endless.response().has_value());
    BOOST_TEST(!endless.reader.keep_alive());
    BOOST_TEST(*endless.body() == "hello");
    BOOST_TEST(endless.reader.body_done());

    reader_fixture broken;
    broken.peer.send(ok + "\r\nhello");
    BOOST_REQUIRE(broken.response().has_value());
    broken.peer.reset();
    BOOST_TEST((broken.body().error() == asio::error::connection_reset));
}

BOOST_AUTO_TEST_CASE(interim_answers_are_skipped_but_not_for_ever)
{
    const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
    peer.send(interim +
              "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n" +
              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: SPDY/3.1\r\n\r\nraw");
    BOOST_TEST(response()->status == 204);
    BOOST_TEST(reader.body_done());
    BOOST_TEST(response()->status == 101);
    BOOST_TEST(as_text(buffered.available()) == "raw");
    reader_fixture other;
    for (int i = 0; i < 100; ++i) other.peer.send(interim);
    BOOST_TEST((other.response().error() == errc::malformed));
}

BOOST_AUTO_TEST_CASE(an_answer_to_head_has_no_body)
{
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
    BOOST_REQUIRE(response(true).has_value());
    BOOST_TEST(reader.body_done());
    BOOST_TEST(reader.keep_alive());
    BOOST_TEST(response()->status == 200);
}

BOOST_AUTO_TEST_CASE(each_piece_of_a_watch_is_passed_at_once_and_nothing_held_meanwhile)
{
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    BOOST_REQUIRE(response().has_value());
    const auto passing = start(pass(reader, *out.first, reader.framing()));
    run_ready();
    peer.send("4\r\nadd1\r\n");
    run_ready();
    BOOST_TEST(out.second->take_text() == "4\r\nadd1\r\n");
    BOOST_TEST((buffered.available().data() == nullptr)); // no buffer while it waits
    peer.send("4;x=y\r\nadd2\r\n4\r\nad");
    run_ready();
    BOOST_TEST(out.second->take_text() == "6\r\nadd2ad\r\n");
    peer.send("d3");
    run_ready();
    BOOST_TEST(out.second->take_text() == "2\r\nd3\r\n");
    peer.send("\r\n0\r\nTrailer: dropped\r\n\r\n");
    BOOST_TEST(run(passing).how.has_value());
    BOOST_TEST(out.second->take_text() == "0\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(bodies_are_framed_anew_where_the_two_sides_differ)
{
    peer.send("HTTP/1.1 200 OK\r\n\r\nhello");
    BOOST_REQUIRE(response().has_value());
    const auto passing = start(pass(reader, *out.first, {kind::chunked, 0}));
    run_ready();
    peer.end();
    BOOST_TEST(run(passing).how.has_value());
    BOOST_TEST(out.second->take_text() == "5\r\nhello\r\n0\r\n\r\n");

    reader_fixture other;
    other.peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    BOOST_REQUIRE(other.response().has_value());
    const auto plain = other.start(pass(other.reader, *other.out.first, {kind::until_close, 0}));
    BOOST_TEST(other.run(plain).how.has_value());
    BOOST_TEST(other.out.second->take_text() == "hello");
}

BOOST_AUTO_TEST_CASE(a_slow_reader_stops_the_sender)
{
    out.first->limit_unread(1000);
    peer.send(post + "Content-Length: 1000000\r\n\r\n");
    BOOST_REQUIRE(request().has_value());
    peer.send(std::string(1'000'000, 'x'));
    const auto passing = start(pass(reader, *out.first, reader.framing()));
    run_ready();
    BOOST_TEST(out.second->unread() == 1000u);
    BOOST_TEST(ends.first->unread() >= 1'000'000u - buffered_reader::capacity);
    std::size_t got = 0;
    while (!*passing || out.second->unread() != 0) {
        got += out.second->take().size();
        run_ready();
    }
    BOOST_TEST((*passing)->how.has_value());
    BOOST_TEST(got == 1'000'000u);
}

BOOST_AUTO_TEST_CASE(it_is_told_which_side_failed)
{
    peer.send(post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n");
    BOOST_REQUIRE(request().has_value());
    const auto reading = run(pass(reader, *out.first, reader.framing()));
    BOOST_TEST((reading.how.error() == errc::malformed));
    BOOST_TEST(reading.reading_failed);

    reader_fixture other;
    other.peer.send(post + "Content-Length: 5\r\n\r\nhello");
    BOOST_REQUIRE(other.request().has_value());
    other.out.second->close();
    const auto writing = other.run(pass(other.reader, *other.out.first, other.reader.framing()));
    BOOST_TEST(writing.how.has_error());
    BOOST_TEST(!writing.reading_failed);
}

BOOST_AUTO_TEST_SUITE_END()
