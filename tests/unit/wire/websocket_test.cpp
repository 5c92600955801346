#include <verbatim/wire/websocket.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace verbatim;
using namespace verbatim::wire::websocket;
using std::string_literals::operator""s;

constexpr mask_key key{std::byte{0xa1}, std::byte{0x02}, std::byte{0xf3}, std::byte{0x74}};

byte_buffer buffer(std::string_view text)
{
    const auto bytes = as_bytes(text);
    return {bytes.begin(), bytes.end()};
}

// A frame with any first byte; short payloads only.
byte_buffer raw_frame(std::uint8_t first, std::string_view payload, bool masked = true)
{
    byte_buffer frame{std::byte{first}, std::byte((masked ? 0x80 : 0) | payload.size())};
    if (masked) append(frame, key);
    for (std::size_t i = 0; i < payload.size(); ++i)
        frame.push_back(std::byte(payload[i]) ^ (masked ? key[i % 4] : std::byte{0}));
    return frame;
}

struct seen {
    std::vector<std::string> messages, controls;
    std::string open; // of a message that is not over
    error_code error;

    void take(const incoming& what)
    {
        if (const auto* piece = std::get_if<message_piece>(&what)) {
            BOOST_TEST(piece->first == open.empty());
            if (piece->first) open = piece->text ? "text:" : "binary:";
            open += as_text(piece->bytes);
            if (piece->last) messages.push_back(std::exchange(open, {}));
        } else if (const auto* asked = std::get_if<ping>(&what)) {
            controls.push_back("ping:" + std::string(as_text(asked->payload)));
        } else if (const auto* answered = std::get_if<pong>(&what)) {
            controls.push_back("pong:" + std::string(as_text(answered->payload)));
        } else {
            const auto& end = std::get<wire::websocket::close>(what);
            controls.push_back("close:" + (end.code ? std::to_string(*end.code) : "none") + ":" +
                               std::string(end.reason));
        }
    }
};

seen read(byte_buffer bytes, role ours = role::server, std::size_t at_a_time = SIZE_MAX)
{
    seen result;
    frame_reader reader(ours);
    for (std::size_t at = 0; at < bytes.size();) {
        const auto size = std::min(at_a_time, bytes.size() - at);
        auto input = std::span(bytes).subspan(at, size);
        at += size;
        for (;;) {
            auto got = reader.next(input);
            if (!got) {
                result.error = got.error();
                BOOST_TEST((reader.next(input).error() == result.error));
                return result;
            }
            if (!*got) break;
            result.take(**got);
        }
        BOOST_TEST(input.empty());
    }
    return result;
}

void check_malformed(const byte_buffer& bytes, role ours = role::server)
{
    for (const std::size_t step : {SIZE_MAX, std::size_t{1}})
        BOOST_TEST((read(bytes, ours, step).error == error_code(errc::malformed)));
}

byte_buffer operator+(byte_buffer left, const byte_buffer& right)
{
    append(left, right);
    return left;
}

} // namespace

BOOST_AUTO_TEST_SUITE(websocket)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back_at_every_size_and_in_any_pieces)
{
    for (const std::size_t size : {0u, 1u, 7u, 8u, 125u, 126u, 127u, 65535u, 65536u, 70000u}) {
        std::string text(size, '\0');
        for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + size);
        for (const auto ours : {role::server, role::client}) {
            byte_buffer frames;
            const auto with = ours == role::server ? std::optional(key) : std::nullopt;
            append_frame(frames, opcode::binary, as_bytes("\1"s), as_bytes(text), with);
            append_frame(frames, opcode::text, {}, as_bytes(text), with);
            for (const std::size_t step :
                {SIZE_MAX, std::size_t{4096}, std::size_t{13}, std::size_t{3}, std::size_t{1}}) {
                const auto got = read(frames, ours, step);
                BOOST_TEST(!got.error);
                BOOST_REQUIRE(got.messages.size() == 2u);
                BOOST_TEST((got.messages[0] == "binary:\1" + text));
                BOOST_TEST((got.messages[1] == "text:" + text));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(the_masked_hello_of_the_rfc)
{
    const auto hello = buffer("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s); // RFC 6455 5.7
    BOOST_TEST(
        read(hello).messages == std::vector{"text:Hello"s}, boost::test_tools::per_element());
    byte_buffer written;
    append_frame(written, opcode::text, as_bytes("Hel"), as_bytes("lo"),
        mask_key{std::byte{0x37}, std::byte{0xfa}, std::byte{0x21}, std::byte{0x3d}});
    BOOST_TEST((written == hello));
}

BOOST_AUTO_TEST_CASE(fragments_make_one_message_with_control_frames_in_between)
{
    const auto frames = raw_frame(0x02, "ab") + raw_frame(0x89, "p") + raw_frame(0x00, "") +
                        raw_frame(0x00, "cde") + raw_frame(0x8a, "") + raw_frame(0x80, "f") +
                        raw_frame(0x01, "") + raw_frame(0x89, "q") + raw_frame(0x80, "");
    for (const std::size_t step : {SIZE_MAX, std::size_t{1}}) {
        const auto got = read(frames, role::server, step);
        BOOST_TEST(!got.error);
        BOOST_TEST(got.messages == (std::vector{"binary:abcdef"s, "text:"s}),
            boost::test_tools::per_element());
        BOOST_TEST(got.controls == (std::vector{"ping:p"s, "pong:"s, "ping:q"s}),
            boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(pieces_lie_in_the_input_and_say_where_the_message_begins_and_ends)
{
    auto bytes = raw_frame(0x82, "abcdef");
    frame_reader reader(role::server);
    auto input = std::span(bytes).first(8);
    const auto first = std::get<message_piece>(**reader.next(input));
    BOOST_TEST(as_text(first.bytes) == "ab");
    BOOST_TEST((first.first && !first.last && !first.text));
    BOOST_TEST((first.bytes.data() == bytes.data() + 6));
    BOOST_TEST(!*reader.next(input));
    input = std::span(bytes).subspan(8);
    const auto second = std::get<message_piece>(**reader.next(input));
    BOOST_TEST((!second.first && second.last));
    BOOST_TEST(as_text(second.bytes) == "cdef");
}

BOOST_AUTO_TEST_CASE(close_frames)
{
    const auto one = [](const byte_buffer& frame) {
        const auto got = read(frame);
        BOOST_REQUIRE(got.controls.size() == 1u);
        return got.controls[0];
    };
    BOOST_TEST(one(raw_frame(0x88, "")) == "close:none:");
    BOOST_TEST(one(raw_frame(0x88, "\x03\xe8"s)) == "close:1000:");
    BOOST_TEST(one(raw_frame(0x88, "\x0f\xa0gr\xc3\xbc"s)) == "close:4000:gr\xc3\xbc");
    for (const auto& payload : {"\x03"s, "\x03\xe7"s, "\x03\xec"s, "\x03\xed"s, "\x03\xee"s,
             "\x03\xf7"s, "\x13\x88"s, "\x03\xe8\xff"s})
        check_malformed(raw_frame(0x88, payload));
}

BOOST_AUTO_TEST_CASE(a_close_payload_fits_into_a_control_frame)
{
    BOOST_TEST(as_text(close_payload(close_code::normal, "")) == "\x03\xe8");
    BOOST_TEST(as_text(close_payload(close_code::internal_error, "no")) == "\x03\xf3no");
    std::string longer = "x";
    for (int i = 0; i < 100; ++i) longer += "\xc3\xbc";
    byte_buffer frame;
    append_frame(frame, opcode::close, close_payload(close_code::policy, longer), {}, key);
    const auto got = read(frame);
    BOOST_REQUIRE(got.controls.size() == 1u);
    BOOST_TEST(got.controls[0] == "close:1008:" + longer.substr(0, 123));
    BOOST_TEST(close_payload(close_code::policy, longer.substr(1)).size() == 124u);
}

BOOST_AUTO_TEST_CASE(what_breaks_the_grammar_is_malformed)
{
    check_malformed(raw_frame(0x82, "a", false));              // a client must mask
    check_malformed(raw_frame(0x82, "a", true), role::client); // a server must not
    for (const std::uint8_t reserved : {0xc2, 0xa2, 0x92}) check_malformed(raw_frame(reserved, ""));
    for (const std::uint8_t opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
        check_malformed(raw_frame(0x80 | opcode, ""));
    for (const std::uint8_t fragment : {0x08, 0x09, 0x0a}) check_malformed(raw_frame(fragment, ""));
    check_malformed(raw_frame(0x80, "x"));                        // nothing to continue
    check_malformed(raw_frame(0x02, "a") + raw_frame(0x82, "b")); // a message inside another
    check_malformed(buffer("\x89\xfe\0\x7e\1\2\3\4"s));           // a ping of 126 bytes
    check_malformed(buffer("\x82\xfe\0\x7d\1\2\3\4"s));           // 125 in two bytes
    check_malformed(buffer("\x82\xff\0\0\0\0\0\0\xff\xff\1\2\3\4"s));
    check_malformed(buffer("\x82\xff\x80\0\0\0\0\0\0\0\1\2\3\4"s));
}

BOOST_AUTO_TEST_CASE(a_message_has_a_limit_over_all_its_fragments)
{
    const auto too_long = error_code(errc::out_of_range);
    BOOST_TEST(!read(buffer("\x82\xff\0\0\0\0\2\0\0\0\1\2\3\4x"s)).error);
    BOOST_TEST((read(buffer("\x82\xff\0\0\0\0\2\0\0\1\1\2\3\4"s)).error == too_long));
    const auto rest = buffer("\x80\xff\0\0\0\0\2\0\0\0\1\2\3\4"s);
    BOOST_TEST((read(raw_frame(0x02, "a") + rest).error == too_long));
    BOOST_TEST(!read(raw_frame(0x02, "") + rest).error);
}

BOOST_AUTO_TEST_CASE(the_keys_of_the_handshake)
{
    BOOST_TEST(accept_of("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    BOOST_TEST(is_key("dGhlIHNhbXBsZSBub25jZQ=="));
    for (const auto* wrong : {"", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25j",
             "dGhlIHNhbXBsZSBub25jZ===", "dGhlIHNhbXBsZSBub25jZQQ=", "dGhlIHNhbXBsZSBub25jZ!==",
             "dGhlIHNhbXBsZSBub25jZQ==dGhlIHNhbXBsZSBub25jZQ=="})
        BOOST_TEST(!is_key(wrong));
}

BOOST_AUTO_TEST_SUITE_END()
