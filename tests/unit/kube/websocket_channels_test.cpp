// One end is made by hand, so that it can do what ours does not.

#include "channel_fixture.hpp"

#include <verbatim/base/text.hpp>

#include <boost/test/unit_test.hpp>

namespace verbatim::test {

namespace {

namespace ws = wire::websocket;
using wire::remote_command::version;

struct websocket_fixture : channel_fixture {
    ws::frame_reader reader{role::client};

    void serve(version protocol = version::v5, bool base64 = false)
    {
        auto how = settings(transport::websocket);
        how.protocol = protocol;
        how.base64 = base64;
        server = make(transport::websocket, role::server, how);
    }
    void message(std::string_view text, ws::opcode kind = ws::opcode::binary)
    {
        byte_buffer out;
        ws::append_frame(out, kind, as_bytes(text), {}, ws::mask_key{});
        far->send(out);
    }
    /// Frames of one message, masked with zeros.
    void fragments(std::initializer_list<std::string_view> parts)
    {
        std::size_t at = 0;
        for (const auto part : parts) {
            const bool last = at + 1 == parts.size();
            const char head[] = {static_cast<char>((last ? 0x80 : 0) | (at == 0 ? 2 : 0)),
                static_cast<char>(0x80 | part.size()), 0, 0, 0, 0};
            far->send(std::string_view(head, sizeof head));
            far->send(part);
            ++at;
        }
    }
    std::string frames()
    {
        run_ready();
        auto bytes = far->take();
        std::span<std::byte> input(bytes);
        std::string out;
        for (;;) {
            const auto found = reader.next(input);
            if (!found || !*found) return out;
            if (const auto* piece = std::get_if<ws::message_piece>(&**found))
                out += (piece->text ? "text:" : "binary:") + to_hex(piece->bytes) + " ";
            else if (const auto* pong = std::get_if<ws::pong>(&**found))
                out += "pong:" + std::string(as_text(pong->payload)) + " ";
            else if (const auto* close = std::get_if<ws::close>(&**found))
                out += "close:" + std::to_string(close->code.value_or(0)) + " ";
            else out += "? ";
        }
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(websocket_channels, websocket_fixture)

BOOST_AUTO_TEST_CASE(fragments_text_and_unknown_channels_are_taken_as_the_api_server_does)
{
    serve();
    fragments({std::string_view("\0ab", 3), "", "cd"});
    message(std::string_view("\0text", 5), ws::opcode::text);
    message("\7unknown");
    message("\1not a client's");
    message("");
    message(std::string_view("\0", 1));
    message(std::string_view("\xff\0", 2));
    message(std::string_view("\0late", 5));
    far->end();
    const auto all = run(pull_all(*server));
    BOOST_TEST(text_of(all, channel::input) == "abcdtext");
    BOOST_TEST(ended(all, channel::input));
    BOOST_TEST(all.size() == 5);
}

BOOST_AUTO_TEST_CASE(a_close_signal_may_be_cut_and_must_be_whole)
{
    serve();
    fragments({"\xff", std::string_view("\0", 1)});
    BOOST_TEST(run(pull(*server)).end);
    for (const auto bad : {std::string_view("\xff"), std::string_view("\xff\x05", 2),
             std::string_view("\xff\0\0", 3)}) {
        websocket_fixture f;
        f.serve();
        f.message(bad);
        BOOST_TEST((f.run(pull(*f.server)).error == errc::malformed));
    }
}

BOOST_AUTO_TEST_CASE(version_4_has_no_close_signal)
{
    serve(version::v4);
    message(std::string_view("\xff\0", 2));
    message(std::string_view("\0x", 2));
    BOOST_TEST(run(pull(*server)).text == "x");
}

BOOST_AUTO_TEST_CASE(base64_passes_both_ways)
{
    serve(version::v4, true);
    fragments({"0aG", "Vsb", "G8="});
    message("0aGk", ws::opcode::text);
    std::string typed;
    while (typed.size() < 7) typed += run(pull(*server)).text;
    BOOST_TEST(typed == "hellohi");
    BOOST_TEST(send(*server, channel::output, "hello"));
    BOOST_TEST(frames() == "text:" + to_hex(as_bytes("1aGVsbG8=")) + " ");
    message("0a=Gk");
    BOOST_TEST((run(pull(*server)).error == errc::malformed));
}

BOOST_AUTO_TEST_CASE(pings_are_answered_and_the_end_is_said)
{
    serve();
    message("here", ws::opcode::ping);
    const auto pulling = start(pull(*server));
    BOOST_TEST(frames() == "pong:here ");
    BOOST_TEST(send(*server, channel::status, "S"));
    BOOST_TEST(send(*server, channel::output, "late"));
    const auto finished = start(done_after(server->finish()));
    BOOST_TEST(frames() == "binary:0353 close:1000 ");
    far->end();
    BOOST_TEST(run(finished));
    BOOST_TEST((run(pulling).error == errc::cancelled));
}

BOOST_AUTO_TEST_CASE(a_broken_client_is_told_so)
{
    serve();
    far->send(std::string_view("\x82\x01x", 3)); // not masked
    BOOST_TEST((run(pull(*server)).error == errc::malformed));
    const auto finished = start(done_after(server->finish()));
    BOOST_TEST(frames() == "close:1002 ");
    far->end();
    run(finished);
}

BOOST_AUTO_TEST_CASE(a_tunnel_carries_bytes_whatever_their_messages)
{
    const auto here = kube::make_tunnel({*near, *near_buffered}, role::server, *log);
    const auto there = kube::make_tunnel({*far, *far_buffered}, role::client, *log);
    const std::string text(300'000, 'x');
    const auto sent = start(there->write(as_bytes(text)));
    std::size_t came = 0;
    byte_buffer into(1000);
    while (came < text.size()) came += *run(net::read_some(*here, into));
    BOOST_TEST(run(sent).has_value());
    const auto finished = start(done_after(there->finish()));
    BOOST_TEST((run(net::read_some(*here, into)).error() == errc::closed));
    BOOST_TEST(run(done_after(here->finish())));
    BOOST_TEST(run(finished));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace verbatim::test
