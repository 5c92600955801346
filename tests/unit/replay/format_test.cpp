#include "handmade_recording.hpp"

#include <verbatim/base/clock.hpp>
#include <verbatim/replay/recording_format.hpp>
#include <verbatim/replay/recording_frames.hpp>
#include <verbatim/replay/utf8_joiner.hpp>
#include <verbatim/wire/recording_codec.hpp>

#include <boost/test/unit_test.hpp>

using namespace verbatim;
using namespace std::chrono_literals;

namespace {

std::string converted(
    std::string_view file, std::unique_ptr<replay::recording_format> format, error_code& fault)
{
    wire::memory_source source(as_bytes(file));
    wire::recording_reader reader(source);
    std::string out;
    const auto done = replay::convert(reader, *format, [&](std::string_view text) {
        out += text;
        return true;
    });
    fault = done ? error_code{} : done.error();
    return out;
}

std::string converted(std::string_view file, std::unique_ptr<replay::recording_format> format)
{
    error_code fault;
    auto out = converted(file, std::move(format), fault);
    BOOST_TEST(!fault);
    return out;
}

/// A part of our own making, with our extension fields.
std::string own_part()
{
    byte_buffer records;
    wire::session_start start;
    start.header.metadata.time = wall_time{std::chrono::seconds{handmade::start_seconds}};
    start.header.user.login = "root";
    start.header.server.server_hostname = "demo";
    start.initial_command = {"sort"};
    BOOST_REQUIRE(wire::append_event(records, start, 0));
    wire::print_fields fields;
    fields.index = 1;
    fields.time = start.header.metadata.time;
    fields.stream = wire::stream_tag::standard_input;
    fields.at_us = 1500;
    wire::append_print(records, fields, as_bytes("b\n\xff"));
    fields.index = 2;
    fields.stream = wire::stream_tag::standard_error;
    fields.at_us = 2'000'001;
    wire::append_print(records, fields, as_bytes("oops\xff\n"));
    return handmade::part(as_text(records));
}

} // namespace

BOOST_AUTO_TEST_SUITE(format_tests)

BOOST_AUTO_TEST_CASE(a_foreign_recording_becomes_an_asciicast)
{
    BOOST_TEST(converted(handmade::session(), replay::make_asciicast_format(false)) ==
               "{\"version\":2,\"width\":120,\"height\":40,\"timestamp\":1772442847,"
               "\"title\":\"ubuntu@web-01\",\"env\":{\"TERM\":\"xterm-256color\"}}\n"
               "[0.000000,\"o\",\"$ \\u001b[1mh\"]\n"
               "[0.400000,\"o\",\"\xc3\xa9llo\\u001b[0m\\r\\n\"]\n"
               "[0.600000,\"r\",\"100x30\"]\n"
               "[0.700000,\"o\",\"\\u001b]52;c;aGk=\\u0007bye\\r\\n\"]\n");
}

BOOST_AUTO_TEST_CASE(an_asciicast_of_a_command_has_line_starts_and_input_if_asked_for)
{
    const std::string header =
        "{\"version\":2,\"width\":80,\"height\":24,\"timestamp\":1772442847,"
        "\"title\":\"root@demo sort\",\"env\":{\"TERM\":\"xterm-256color\"}}\n";
    const std::string shown = "[2.000001,\"o\",\"oops\xef\xbf\xbd\\r\\n\"]\n";
    BOOST_TEST(converted(own_part(), replay::make_asciicast_format(false)) == header + shown);
    BOOST_TEST(converted(own_part(), replay::make_asciicast_format(true)) ==
               header + "[0.001500,\"i\",\"b\\n\xef\xbf\xbd\"]\n" + shown);
}

BOOST_AUTO_TEST_CASE(the_text_holds_the_words_and_nothing_for_the_terminal)
{
    BOOST_TEST(
        converted(handmade::session(), replay::make_text_format()) == "$ h\xc3\xa9llo\nbye\n");
    BOOST_TEST(converted(own_part(), replay::make_text_format()) == "oops\xef\xbf\xbd\n");
}

BOOST_AUTO_TEST_CASE(json_says_which_stream_and_keeps_every_byte)
{
    const auto lines = converted(own_part(), replay::make_json_format());
    BOOST_TEST(lines.find("\"event\":\"session.start\"") != lines.npos);
    BOOST_TEST(
        lines.find("\"at_us\":1500,\"stream\":\"stdin\",\"input\":\"Ygr/\"}\n") != lines.npos);
    BOOST_TEST(lines.find("\"at_us\":2000001,\"stream\":\"stderr\",\"data\":\"b29wc/8K\"}\n") !=
               lines.npos);
    BOOST_TEST(std::ranges::count(lines, '\n') == 3);
}

BOOST_AUTO_TEST_CASE(yaml_is_a_document_for_each_event)
{
    const auto text = converted(own_part(), replay::make_yaml_format());
    BOOST_TEST(text.starts_with("---\n\"ei\": 0\n\"event\": \"session.start\"\n"));
    BOOST_TEST(text.find("---\n\"ei\": 1\n\"event\": \"print\"\n") != text.npos);
}

BOOST_AUTO_TEST_CASE(a_cut_recording_gives_what_is_sound_and_then_the_error)
{
    const auto whole = handmade::session();
    error_code fault;
    const auto text =
        converted(whole.substr(0, whole.size() - 5), replay::make_text_format(), fault);
    BOOST_TEST((fault == errc::truncated));
    BOOST_TEST(text.starts_with("$ h\xc3\xa9llo\n"));
}

BOOST_AUTO_TEST_CASE(an_output_that_fails_ends_the_work)
{
    const auto file = handmade::session();
    wire::memory_source source(as_bytes(file));
    wire::recording_reader reader(source);
    const auto format = replay::make_json_format();
    const auto done = replay::convert(reader, *format, [](std::string_view) { return false; });
    BOOST_TEST((done.error() == errc::closed));
}

BOOST_AUTO_TEST_CASE(frames_of_a_foreign_recording)
{
    const auto file = handmade::session();
    replay::recording_frames frames([&]() -> result<std::unique_ptr<wire::recording_source>> {
        return std::unique_ptr<wire::recording_source>(
            std::make_unique<wire::memory_source>(as_bytes(file), 3));
    });
    for (int round = 0; round < 2; ++round) {
        std::string seen;
        while (true) {
            const auto frame = frames.next();
            BOOST_REQUIRE(frame.has_value());
            if (!*frame) break;
            seen += std::to_string((*frame)->at.count() / 1000) + ' ';
            seen +=
                (*frame)->size ? to_string(*(*frame)->size) : std::string(as_text((*frame)->bytes));
            seen += '|';
        }
        BOOST_TEST(seen == "0 120:40|0 $ \x1b[1mh\xc3|400 \xa9llo\x1b[0m\r\n|600 100:30|"
                           "700 \x1b]52;c;aGk=\x07"
                           "bye\r\n|");
        BOOST_REQUIRE(frames.rewind().has_value());
    }
}

BOOST_AUTO_TEST_CASE(characters_are_joined_however_they_are_split)
{
    const std::string text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        replay::utf8_joiner joiner;
        std::string out;
        joiner.join(text.substr(0, cut), out);
        joiner.join(text.substr(cut), out);
        joiner.finish(out);
        BOOST_TEST(out == text);
    }
    replay::utf8_joiner joiner;
    std::string out;
    for (const char c : std::string("\xff\xe2\x82x\xf0\x9f")) joiner.join({&c, 1}, out);
    joiner.finish(out);
    BOOST_TEST(out == "\xef\xbf\xbd\xef\xbf\xbdx\xef\xbf\xbd");
}

BOOST_AUTO_TEST_SUITE_END()
