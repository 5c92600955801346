#include <verbatim/wire/ssh_connection.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace verbatim;
using namespace verbatim::wire::ssh;
using std::string_literals::operator""s;

constexpr auto channel = channel_number{0x01020304};

struct sample {
    std::string label;
    message value;
    bool open_ended = false; ///< its tail is kept raw, so a cut one may still be a whole message
};

channel_request request(channel_request::detail_type detail, bool want_reply = true)
{
    return {channel, want_reply, detail};
}

channel_open opening(channel_open::detail_type detail)
{
    return {channel_number{7}, 2u << 20, 32768, detail};
}

const auto modes = as_bytes(std::string_view("\x01\0\0\0\x03\x35\0\0\0\x01\0", 11));
const auto raw = as_bytes(std::string_view("raw\0bytes", 9));

std::vector<sample> connection_samples()
{
    return {
        {"tcpip-forward", global_request{true, tcpip_forward{"localhost", 8080}}},
        {"cancel-tcpip-forward", global_request{false, cancel_tcpip_forward{"", 65535}}},
        {"streamlocal-forward", global_request{true, streamlocal_forward{"/run/s"}}},
        {"cancel-streamlocal", global_request{true, cancel_streamlocal_forward{"/run/s"}}},
        {"keepalive", global_request{true, keepalive_request{}}},
        {"no-more-sessions", global_request{false, no_more_sessions{}}},
        {"hostkeys", global_request{false, host_keys_offer{raw}}, true},
        {"hostkeys-prove", global_request{true, host_keys_prove{raw}}, true},
        {"unknown global", global_request{true, unknown_detail{"x@example.com", raw}}, true},
        {"success", request_success{raw}, true},
        {"empty success", request_success{}, true},
        {"failure", request_failure{}},
        {"open session", opening(session_channel{})},
        {"open direct-tcpip", opening(direct_tcpip_channel{"db", 5432, "127.0.0.1", 65535})},
        {"open forwarded-tcpip", opening(forwarded_tcpip_channel{"::1", 80, "10.0.0.1", 4242})},
        {"open x11", opening(x11_channel{"127.0.0.1", 6000})},
        {"open direct-streamlocal", opening(direct_streamlocal_channel{"/run/docker.sock", "", 0})},
        {"open forwarded-streamlocal", opening(forwarded_streamlocal_channel{"/run/s", ""})},
        {"open auth-agent", opening(agent_channel{})},
        {"open unknown", opening(unknown_detail{"tun@openssh.com", raw}), true},
        {"confirmation", channel_open_confirmation{channel, channel_number{9}, 1, 2, {}}, true},
        {"open failure",
            channel_open_failure{channel, open_failure_reason::connect_failed, "no", "en"}},
    };
}

std::vector<sample> channel_samples()
{
    return {
        {"adjust", channel_window_adjust{channel, 0xffffffff}},
        {"data", channel_data{channel, raw}},
        {"empty data", channel_data{channel, {}}},
        {"stderr", channel_extended_data{channel, extended_data_stderr, raw}},
        {"eof", channel_eof{channel}},
        {"close", channel_close{channel}},
        {"pty-req", request(pty_request{"xterm-256color", 80, 24, 640, 480, modes})},
        {"env", request(env_request{"LANG", "C.UTF-8"}, false)},
        {"shell", request(shell_request{})},
        {"exec", request(exec_request{"printf '\xff'"})},
        {"subsystem", request(subsystem_request{"sftp"})},
        {"window-change", request(window_change{132, 50, 0, 0}, false)},
        {"signal", request(signal_request{"TERM"}, false)},
        {"break", request(break_request{500})},
        {"xon-xoff", request(xon_xoff{true}, false)},
        {"exit-status", request(exit_status{255}, false)},
        {"exit-signal", request(exit_signal{"KILL", true, "killed", ""}, false)},
        {"x11-req", request(x11_request{true, "MIT-MAGIC-COOKIE-1", "00ff", 0})},
        {"auth-agent-req", request(agent_request{})},
        {"eow", request(end_of_write{}, false)},
        {"channel keepalive", request(keepalive_request{})},
        {"unknown request", request(unknown_detail{"x@example.com", raw}), true},
        {"channel success", channel_success{channel}},
        {"channel failure", channel_failure{channel}},
    };
}

std::vector<sample> samples()
{
    auto all = connection_samples();
    for (auto& one : channel_samples()) all.push_back(one);
    return all;
}

byte_buffer encoded(const message& value)
{
    byte_buffer out;
    encode(out, value);
    return out;
}

std::string shown(byte_view bytes) { return std::string(as_text(bytes)); }

byte_buffer packet(std::string_view text)
{
    const auto bytes = as_bytes(text);
    return {bytes.begin(), bytes.end()};
}

template <class T>
T decoded(byte_view payload)
{
    const auto value = decode(payload);
    BOOST_REQUIRE_MESSAGE(value, value.error().message());
    BOOST_REQUIRE(std::holds_alternative<T>(*value));
    return std::get<T>(*value);
}

template <class Detail>
Detail request_detail(byte_view payload)
{
    const auto value = decoded<channel_request>(payload);
    BOOST_REQUIRE(std::holds_alternative<Detail>(value.detail));
    return std::get<Detail>(value.detail);
}

} // namespace

BOOST_AUTO_TEST_SUITE(ssh_connection)

BOOST_AUTO_TEST_CASE(every_message_survives_encoding_and_decoding)
{
    for (const auto& [label, value, open_ended] : samples()) {
        BOOST_TEST_CONTEXT(label)
        {
            const auto bytes = encoded(value);
            const auto back = decode(bytes);
            BOOST_REQUIRE(back);
            BOOST_TEST(back->index() == value.index());
            BOOST_TEST(shown(encoded(*back)) == shown(bytes));
        }
    }
}

BOOST_AUTO_TEST_CASE(every_cut_message_is_refused)
{
    for (const auto& [label, value, open_ended] : samples()) {
        const auto bytes = encoded(value);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            BOOST_TEST_CONTEXT(label << " cut to " << size)
            {
                // A copy of that very size: the address sanitizer sees a byte read too far.
                const byte_buffer cut(bytes.begin(), bytes.begin() + static_cast<long>(size));
                const auto back = decode(cut);
                if (!open_ended) BOOST_TEST(back.error() == make_error_code(errc::truncated));
                else if (back) BOOST_TEST(shown(encoded(*back)) == shown(cut));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_byte_after_the_end_is_refused)
{
    for (const auto& [label, value, open_ended] : samples()) {
        if (open_ended) continue;
        auto bytes = encoded(value);
        bytes.push_back(std::byte{0});
        BOOST_TEST_CONTEXT(label)
        {
            BOOST_TEST(decode(bytes).error() == make_error_code(errc::malformed));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_pty_request_is_read_as_the_rfc_lays_it_out)
{
    const auto bytes =
        packet("\x62\x01\x02\x03\x04\0\0\0\x07pty-req\x01\0\0\0\x05xterm\0\0\0\x50\0\0\0"
               "\x18\0\0\x02\x80\0\0\x01\xe0\0\0\0\x06\x35\0\0\0\x01\0"s);
    const auto pty = request_detail<pty_request>(bytes);
    BOOST_TEST(pty.term == "xterm");
    BOOST_TEST(pty.columns == 80u);
    BOOST_TEST(pty.rows == 24u);
    BOOST_TEST(pty.width_pixels == 640u);
    BOOST_TEST(pty.height_pixels == 480u);
    BOOST_TEST(pty.modes.size() == 6u);
    BOOST_TEST(shown(encoded(*decode(bytes))) == shown(bytes));
}

BOOST_AUTO_TEST_CASE(a_channel_opening_is_read_as_the_rfc_lays_it_out)
{
    const auto bytes = packet("\x5a\0\0\0\x0c"
                              "direct-tcpip\0\0\0\x03\0\x20\0\0\0\0\x80\0\0\0\0\x02"
                              "db\0\0\x15\x38\0\0\0\x03::1\0\0\x30\x39"s);
    const auto open = decoded<channel_open>(bytes);
    BOOST_TEST((open.sender == channel_number{3}));
    BOOST_TEST(open.initial_window == 0x200000u);
    BOOST_TEST(open.max_packet == 0x8000u);
    BOOST_TEST(name_of(open) == "direct-tcpip");
    const auto& detail = std::get<direct_tcpip_channel>(open.detail);
    BOOST_TEST(detail.host == "db");
    BOOST_TEST(detail.port == 5432u);
    BOOST_TEST(detail.originator == "::1");
    BOOST_TEST(detail.originator_port == 12345u);
}

BOOST_AUTO_TEST_CASE(an_unknown_request_keeps_its_name_and_the_rest)
{
    const auto bytes = packet("\x62\0\0\0\0\0\0\0\x07wild@x.\0rest"s);
    const auto unknown = request_detail<unknown_detail>(bytes);
    BOOST_TEST(unknown.name == "wild@x.");
    BOOST_TEST(as_text(unknown.rest) == "rest");
}

BOOST_AUTO_TEST_CASE(any_byte_but_zero_is_true_and_is_normalised_in_place)
{
    auto bytes = encoded(request(x11_request{true, "p", "c", 0}));
    const auto canonical = bytes;
    const std::size_t want_reply = 1 + 4 + 4 + 7;
    bytes[want_reply] = std::byte{0xff};
    bytes[want_reply + 1] = std::byte{2};
    BOOST_TEST(request_detail<x11_request>(bytes).single_connection);
    BOOST_TEST(shown(bytes) != shown(canonical));
    BOOST_REQUIRE(decode_and_normalise(bytes));
    BOOST_TEST(shown(bytes) == shown(canonical));
}

BOOST_AUTO_TEST_CASE(a_refused_message_is_not_changed)
{
    auto bytes = encoded(request(xon_xoff{true}));
    bytes.back() = std::byte{9};
    bytes.push_back(std::byte{0});
    const auto before = bytes;
    BOOST_TEST(!decode_and_normalise(bytes));
    BOOST_TEST(shown(bytes) == shown(before));
}

BOOST_AUTO_TEST_CASE(names_are_bounded_printable_ascii)
{
    const auto with_name = [](std::string name) {
        return decode(encoded(global_request{true, unknown_detail{name, {}}}));
    };
    BOOST_TEST(with_name(std::string(64, 'n')).has_value());
    BOOST_TEST(with_name(std::string(65, 'n')).error() == make_error_code(errc::out_of_range));
    for (const auto* bad : {"", "a b", "a,b", "a\nb", "a\x7f", "\xc3\xa4", "\x1b[2J"})
        BOOST_TEST(with_name(bad).error() == make_error_code(errc::malformed));
}

BOOST_AUTO_TEST_CASE(ports_above_65535_are_refused)
{
    const auto refused = make_error_code(errc::out_of_range);
    BOOST_TEST(decode(encoded(global_request{true, tcpip_forward{"", 65536}})).error() == refused);
    BOOST_TEST(
        decode(encoded(opening(direct_tcpip_channel{"h", 65536, "", 0}))).error() == refused);
    BOOST_TEST(
        decode(encoded(opening(forwarded_tcpip_channel{"h", 1u << 31, "", 0}))).error() == refused);
    BOOST_TEST(decode(encoded(opening(x11_channel{"h", 0xffffffff}))).has_value());
}

BOOST_AUTO_TEST_CASE(a_length_beyond_the_packet_is_refused)
{
    const auto cut = make_error_code(errc::truncated);
    BOOST_TEST(decode(packet("\x5e\0\0\0\0\xff\xff\xff\xff"s)).error() == cut);
    BOOST_TEST(decode(packet("\x5a\xff\xff\xff\xffsession"s)).error() == cut);
    BOOST_TEST(decode(packet("\x5e\0\0\0\0\0\0\0\x02x"s)).error() == cut);
}

BOOST_AUTO_TEST_CASE(other_message_numbers_are_refused)
{
    for (int number = 0; number < 256; ++number) {
        const bool ours = (number >= 80 && number <= 82) || (number >= 90 && number <= 100);
        const byte_buffer payload{static_cast<std::byte>(number)};
        BOOST_TEST(number_of(payload).has_value() == ours);
        if (!ours) BOOST_TEST(decode(payload).error() == make_error_code(errc::out_of_range));
    }
    BOOST_TEST(!number_of({}));
}

BOOST_AUTO_TEST_CASE(cut_terminal_modes_are_refused_and_an_empty_list_is_not)
{
    const auto with_modes = [](std::string_view text) {
        return decode(encoded(request(pty_request{"vt100", 80, 24, 0, 0, as_bytes(text)})));
    };
    BOOST_TEST(with_modes("").has_value());
    BOOST_TEST(with_modes("\x35\0\0\0\x01"s).has_value());
    BOOST_TEST(with_modes("\x35\0\0\0"s).error() == make_error_code(errc::malformed));
}

BOOST_AUTO_TEST_CASE(the_answer_to_a_forward_to_port_zero_holds_the_port)
{
    BOOST_TEST(*decode_forwarded_port(as_bytes("\0\0\x1f\x90"s)) == 8080u);
    BOOST_TEST(
        decode_forwarded_port(as_bytes("\0\0\x1f"s)).error() == make_error_code(errc::truncated));
    BOOST_TEST(decode_forwarded_port(as_bytes("\0\0\x1f\x90x"s)).error() ==
               make_error_code(errc::malformed));
    BOOST_TEST(decode_forwarded_port(as_bytes("\0\x01\0\0"s)).error() ==
               make_error_code(errc::out_of_range));
}

BOOST_AUTO_TEST_CASE(the_recipient_is_read_and_changed_in_place)
{
    for (const auto& [label, value, open_ended] : samples()) {
        BOOST_TEST_CONTEXT(label)
        {
            auto bytes = encoded(value);
            const bool has_one = *number_of(bytes) > message_number::channel_open;
            BOOST_TEST(recipient_of(bytes).has_value() == has_one);
            const auto before = bytes;
            BOOST_TEST(set_recipient(bytes, channel_number{0xa0b0c0d0}) == has_one);
            if (!has_one) BOOST_TEST(shown(bytes) == shown(before));
            else BOOST_TEST((recipient_of(bytes) == channel_number{0xa0b0c0d0}));
            BOOST_TEST(decode(bytes).has_value());
        }
    }
    byte_buffer cut = packet("\x5e\0\0\0"s);
    BOOST_TEST(!recipient_of(cut));
    BOOST_TEST(!set_recipient(cut, channel));
}

BOOST_AUTO_TEST_CASE(the_limits_of_an_opening_and_its_confirmation_are_changed_in_place)
{
    const channel_limits limits{channel_number{77}, 1000, 2000};
    auto open = encoded(opening(direct_tcpip_channel{"db", 5432, "::1", 1}));
    BOOST_REQUIRE(set_limits(open, limits));
    auto expected = opening(direct_tcpip_channel{"db", 5432, "::1", 1});
    expected.sender = limits.sender;
    expected.initial_window = 1000;
    expected.max_packet = 2000;
    BOOST_TEST(shown(open) == shown(encoded(expected)));

    auto confirmation = encoded(channel_open_confirmation{channel, channel_number{1}, 2, 3, {}});
    BOOST_REQUIRE(set_limits(confirmation, limits));
    BOOST_TEST(shown(confirmation) == shown(encoded(channel_open_confirmation{
                                          channel, channel_number{77}, 1000, 2000, {}})));

    byte_buffer cut(open.begin(), open.begin() + 1 + 4 + 12 + 11);
    byte_buffer lying = packet("\x5a\xff\xff\xff\xffsession-and-enough-bytes"s);
    byte_buffer other = encoded(channel_data{channel, raw});
    for (auto* payload : {&cut, &lying, &other}) BOOST_TEST(!set_limits(*payload, limits));
}

BOOST_AUTO_TEST_CASE(the_amount_of_a_window_adjust_is_changed_in_place)
{
    auto bytes = encoded(channel_window_adjust{channel, 1});
    BOOST_REQUIRE(set_window_amount(bytes, 4096));
    BOOST_TEST(decoded<channel_window_adjust>(bytes).amount == 4096u);
    auto other = encoded(channel_data{channel, raw});
    BOOST_TEST(!set_window_amount(other, 4096));
    auto cut = packet("\x5d\0\0\0\0\0\0\0"s);
    BOOST_TEST(!set_window_amount(cut, 4096));
}

BOOST_AUTO_TEST_SUITE_END()
