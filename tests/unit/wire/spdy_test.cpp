#include <verbatim/wire/spdy.hpp>

#include "wire/big_endian.hpp"
#include "wire/spdy_headers.hpp"

#include <boost/test/unit_test.hpp>
#include <zlib.h>

#include <string>
#include <vector>

namespace {

using namespace verbatim;
using namespace verbatim::wire;
using namespace verbatim::wire::spdy;
using std::string_literals::operator""s;
using strings = std::vector<std::string>;

byte_buffer from_hex(std::string_view digits)
{
    byte_buffer bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
        bytes.push_back(std::byte(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
    return bytes;
}

std::string text_of(const std::vector<header>& headers)
{
    std::string text;
    for (const auto& each : headers) text += " " + each.name + "=" + each.value;
    return text;
}

std::string text_of(const frame& what)
{
    const auto number = [](std::uint64_t value) { return " " + std::to_string(value); };
    const auto fin = [](bool is) { return is ? " fin"s : ""s; };
    if (const auto* in = std::get_if<syn_stream>(&what))
        return "open" + number(in->id) + fin(in->fin) + text_of(in->headers);
    if (const auto* in = std::get_if<syn_reply>(&what))
        return "reply" + number(in->id) + fin(in->fin) + text_of(in->headers);
    if (const auto* in = std::get_if<reset>(&what))
        return "reset" + number(in->id) + number(in->status);
    if (const auto* in = std::get_if<spdy::ping>(&what)) return "ping" + number(in->id);
    if (const auto* in = std::get_if<goaway>(&what))
        return "goaway" + number(in->last_good) + number(in->status);
    if (const auto* in = std::get_if<data>(&what))
        return "data" + number(in->id) + " " + std::string(as_text(in->bytes)) + fin(in->fin);
    return "ignored" + number(std::get<ignored>(what).type);
}

// Neighbouring pieces of data are put together; an error is the last entry.
strings read(byte_view bytes, std::size_t at_a_time = SIZE_MAX)
{
    strings seen;
    frame_reader reader;
    while (!bytes.empty()) {
        auto input = bytes.first(std::min(at_a_time, bytes.size()));
        bytes = bytes.subspan(input.size());
        for (;;) {
            const auto got = reader.next(input);
            if (!got) {
                BOOST_TEST((reader.next(input).error() == got.error()));
                seen.push_back(got.error() == errc::malformed ? "malformed" : "out of range");
                return seen;
            }
            if (!*got) break;
            const auto text = text_of(**got);
            const auto* piece = std::get_if<data>(&**got);
            const auto before = piece ? "data " + std::to_string(piece->id) + " " : ""s;
            if (piece && !seen.empty() && seen.back().starts_with(before) &&
                !seen.back().ends_with(" fin"))
                seen.back() += text.substr(before.size());
            else seen.push_back(text);
        }
        BOOST_TEST(input.empty());
    }
    return seen;
}

void check(byte_view bytes, const strings& expected)
{
    for (const std::size_t step : {SIZE_MAX, std::size_t{1}, std::size_t{5}})
        BOOST_TEST(read(bytes, step) == expected, boost::test_tools::per_element());
}

byte_buffer control(std::uint16_t type, std::string_view payload, std::uint8_t flags = 0)
{
    byte_buffer bytes;
    append_u32(bytes, 0x80030000 | type);
    append_u32(bytes, std::uint32_t{flags} << 24 | static_cast<std::uint32_t>(payload.size()));
    append(bytes, as_bytes(payload));
    return bytes;
}

// A peer's deflater, which may say anything.
class packer {
public:
    packer()
    {
        const auto dictionary = header_dictionary();
        deflateInit(&zlib_, 9);
        deflateSetDictionary(&zlib_, reinterpret_cast<const Bytef*>(dictionary.data()),
            static_cast<uInt>(dictionary.size()));
    }
    packer(const packer&) = delete;
    packer& operator=(const packer&) = delete;
    ~packer() { deflateEnd(&zlib_); }

    std::string pack(std::string plain, int flush = Z_SYNC_FLUSH)
    {
        std::string packed(plain.size() + 200, '\0');
        zlib_.next_in = reinterpret_cast<Bytef*>(plain.data());
        zlib_.avail_in = static_cast<uInt>(plain.size());
        zlib_.next_out = reinterpret_cast<Bytef*>(packed.data());
        zlib_.avail_out = static_cast<uInt>(packed.size());
        deflate(&zlib_, flush);
        packed.resize(packed.size() - zlib_.avail_out);
        return packed;
    }

private:
    z_stream zlib_{};
};

std::string number(std::uint32_t value)
{
    byte_buffer bytes;
    append_u32(bytes, value);
    return std::string(as_text(bytes));
}

std::string field(std::string_view text)
{
    return number(static_cast<std::uint32_t>(text.size())) + std::string(text);
}

// A SYN_STREAM for stream 1 with a header block of these plain bytes.
byte_buffer opening(packer& with, const std::string& plain, std::uint8_t flags = 0)
{
    return control(1, number(1) + number(0) + "\0\0"s + with.pack(plain), flags);
}

void check_block(const std::string& plain, const std::string& expected)
{
    packer peer;
    check(opening(peer, plain), {expected});
}

constexpr auto two_streams = "80030001000000280000000100000000000078f9e3c6a7c202a62346703a2b294a4d"
                             "cc851625aca9a08006000000ffff800300010000001700000003000000000000c22e"
                             "555c02cc2e00000000ffff";

} // namespace

BOOST_AUTO_TEST_SUITE(spdy_frames)

BOOST_AUTO_TEST_CASE(the_dictionary_is_the_protocols)
{
    const auto words = header_dictionary();
    BOOST_TEST(words.size() == 1423u);
    BOOST_TEST(adler32(1, reinterpret_cast<const Bytef*>(words.data()),
                   static_cast<uInt>(words.size())) == 0xe3c6a7c2u);
}

BOOST_AUTO_TEST_CASE(streams_opened_by_another_deflater_are_read)
{
    check(from_hex(two_streams), {"open 1 streamtype=error", "open 3 streamtype=stdin"});
    check(from_hex("80030002000000140000000178f9e3c6a7c202a6230600000000ffff"
                   "800300020000000c00000003020100000000ffff"),
        {"reply 1", "reply 3"});
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back)
{
    frame_writer writer;
    byte_buffer bytes;
    strings expected;
    for (spdy::stream_id id = 1; id < 40; id += 2) {
        writer.open(bytes, id,
            {{"streamtype", "data"}, {"port", "8080"}, {"requestid", std::to_string(id)}});
        expected.push_back("open " + std::to_string(id) +
                           " streamtype=data port=8080 requestid=" + std::to_string(id));
        writer.reply(bytes, id);
        expected.push_back("reply " + std::to_string(id));
    }
    writer.open(bytes, 0x7fffffff, {{"name", std::string(max_header_bytes, 'x')}});
    expected.push_back("open 2147483647 name=" + std::string(max_header_bytes, 'x'));
    writer.reset(bytes, 129, reset_status::cancel);
    writer.ping(bytes, 7);
    writer.goaway(bytes, 39);
    writer.data_head(bytes, 5, 3, false);
    append(bytes, as_bytes("abc"));
    writer.data_head(bytes, 5, 2, true);
    append(bytes, as_bytes("de"));
    writer.data_head(bytes, 7, 0, true);
    expected.insert(expected.end(),
        {"reset 129 5", "ping 7", "goaway 39 0", "data 5 abcde fin", "data 7  fin"});
    check(bytes, expected);
}

BOOST_AUTO_TEST_CASE(data_is_handed_on_in_pieces_that_lie_in_the_input)
{
    frame_reader reader;
    const auto bytes = from_hex("00000081"
                                "01000003"
                                "616263");
    auto input = byte_view(bytes).first(9);
    const auto first = std::get<data>(**reader.next(input));
    BOOST_TEST((first.bytes.data() == bytes.data() + 8 && first.bytes.size() == 1 && !first.fin));
    BOOST_TEST(first.id == 129u);
    BOOST_TEST(!*reader.next(input));
    input = byte_view(bytes).subspan(9);
    const auto second = std::get<data>(**reader.next(input));
    BOOST_TEST(as_text(second.bytes) == "bc");
    BOOST_TEST(second.fin);
    BOOST_TEST(input.empty());
}

BOOST_AUTO_TEST_CASE(the_largest_data_frame_is_no_trouble)
{
    byte_buffer bytes;
    frame_writer().data_head(bytes, 1, 0xffffff, true);
    bytes.resize(bytes.size() + 0xffffff);
    byte_view input = bytes;
    frame_reader reader;
    const auto all = std::get<data>(**reader.next(input));
    BOOST_TEST((all.bytes.size() == 0xffffff && all.fin && input.empty()));
}

BOOST_AUTO_TEST_CASE(empty_data_counts_only_with_its_end)
{
    check(from_hex("0000000100000000"
                   "0000000101000000"),
        {"data 1  fin"});
}

BOOST_AUTO_TEST_CASE(frames_that_kubernetes_ignores_are_read_over)
{
    packer peer;
    auto bytes = opening(peer, number(0));
    append(bytes, control(4, number(1) + number(7) + number(9), 1));
    append(bytes, control(9, number(0) + number(65536)));
    append(bytes, control(8, number(1) + peer.pack(number(1) + field("x") + field("late"))));
    append(bytes, control(8, number(1) + peer.pack(number(0)), 1));
    append(bytes, opening(peer, number(1) + field("x") + field("late"), 1));
    check(bytes,
        {"open 1", "ignored 4", "ignored 9", "ignored 8", "data 1  fin", "open 1 fin x=late"});
}

BOOST_AUTO_TEST_CASE(control_frames_of_a_wrong_shape_are_malformed)
{
    const auto bad = [](const byte_buffer& bytes) { check(bytes, {"malformed"}); };
    for (const std::uint16_t type : {0, 5, 10, 0xffff}) bad(control(type, ""));
    bad(from_hex("8002000600000004"
                 "00000001")); // SPDY/2
    bad(from_hex("0000000000000000"));
    bad(from_hex("0000000102000000")); // a flag that data does not have
    bad(control(6, number(0)));
    bad(control(6, number(1) + "x"));
    bad(control(6, number(1), 1));
    bad(control(3, number(0) + number(5)));
    bad(control(3, number(0x80000001) + number(5)));
    bad(control(3, number(1) + number(0)));
    bad(control(3, number(1)));
    bad(control(7, number(1)));
    bad(control(7, number(1) + number(0), 1));
    bad(control(9, number(1)));
    bad(control(4, ""));
    bad(control(4, number(2) + number(0) + number(0)));
    bad(control(4, number(0x20000001) + number(0) + number(0)));
    bad(control(1, number(1) + number(0)));
    bad(control(2, ""));
    packer peer;
    bad(control(1, number(0) + number(0) + "\0\0"s + peer.pack(number(0))));
    packer second;
    bad(opening(second, number(0), 2)); // one direction only
    check(from_hex("8003000100004001"), {"out of range"});
}

BOOST_AUTO_TEST_CASE(a_header_block_is_read_to_its_last_byte_and_no_further)
{
    check_block(number(1) + field("a") + field(""), "open 1 a=");
    check_block(number(1) + field("a") + field("x\0y"s), "open 1 a=x\0y"s);
    check_block("", "malformed");
    check_block("\0\0\0"s, "malformed");
    check_block(number(1) + field("a"), "malformed");
    check_block(number(0) + "x", "malformed");
    check_block(number(1) + field("a") + number(5) + "four", "malformed");
    check(control(1, number(1) + number(0) + "\0\0"s), {"malformed"});
}

BOOST_AUTO_TEST_CASE(names_are_lower_case_and_unique)
{
    check_block(number(1) + field("Streamtype") + field("error"), "malformed");
    check_block(number(1) + field("") + field("error"), "malformed");
    check_block(number(1) + field("a b") + field("error"), "malformed");
    check_block(number(1) + field("connection") + field("x"), "malformed");
    check_block(number(2) + field("a") + field("x") + field("a") + field("y"), "malformed");
}

BOOST_AUTO_TEST_CASE(header_blocks_have_limits)
{
    std::string all = number(max_headers), one_more = number(max_headers + 1);
    const std::string large(max_header_bytes - 1, 'v');
    for (std::size_t i = 0; i <= max_headers; ++i) {
        const auto next =
            field(large + static_cast<char>('a' + i)) + field(large + static_cast<char>('a' + i));
        one_more += next;
        if (i < max_headers) all += next;
    }
    packer peer;
    BOOST_TEST(read(opening(peer, all)).at(0).size() > 2 * max_headers * max_header_bytes);
    check_block(one_more, "out of range");
    check_block(number(1) + field(large + "xy") + field(""), "out of range");
    check_block(number(1) + field("a") + number(0xffffffff), "out of range");
    check_block(number(0xffffffff), "out of range");
    // 15 MiB in 16 KiB: what would come out is not unpacked.
    check_block(std::string(15u << 20, '\0'), "out of range");
}

BOOST_AUTO_TEST_CASE(the_deflate_stream_must_be_sound)
{
    packer ended;
    check(control(1, number(1) + number(0) + "\0\0"s + ended.pack(number(0), Z_FINISH)),
        {"malformed"});
    auto wrong = from_hex(two_streams);
    wrong[22] ^= std::byte{1}; // of the dictionary's checksum
    check(wrong, {"malformed"});
    // A frame that is left out takes the following ones along.
    const auto bytes = from_hex(two_streams);
    check(byte_view(bytes).subspan(48), {"malformed"});
}

BOOST_AUTO_TEST_SUITE_END()
