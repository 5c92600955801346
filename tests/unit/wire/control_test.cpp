#include <verbatim/wire/control.hpp>

#include <boost/test/unit_test.hpp>

namespace {

using namespace verbatim;
using namespace verbatim::wire;
using namespace verbatim::wire::control;

struct read_frame {
    kind what;
    std::string payload;
    bool operator==(const read_frame&) const = default;
};

result<std::vector<read_frame>> read_all(std::string_view bytes, std::size_t at_a_time)
{
    frame_reader reader;
    std::vector<read_frame> all;
    for (std::size_t at = 0; at < bytes.size(); at += at_a_time) {
        reader.feed(as_bytes(bytes.substr(at, at_a_time)));
        for (;;) {
            const auto got = reader.next();
            if (!got) {
                BOOST_TEST((reader.next().error() == got.error()));
                return got.error();
            }
            if (!*got) break;
            all.push_back({(*got)->what, std::string((*got)->payload)});
        }
    }
    return all;
}

std::string samples()
{
    std::string out;
    append_frame(out, kind::request, to_text({{"join", "x", "peer"}, false, {{80, 24}}}));
    append_data(out, std::string("\0keys\xff", 6));
    append_resize(out, {132, 43});
    append_frame(out, kind::notice, "");
    append_exit(out, 255);
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(control_socket)

BOOST_AUTO_TEST_CASE(frames_are_read_wherever_they_are_cut)
{
    const auto bytes = samples();
    const auto whole = read_all(bytes, bytes.size());
    BOOST_REQUIRE(whole);
    BOOST_TEST(whole->size() == 5u);
    BOOST_TEST((whole->at(1) == read_frame{kind::data, std::string("\0keys\xff", 6)}));
    BOOST_TEST((*parse_resize(whole->at(2).payload) == terminal_size{132, 43}));
    BOOST_TEST((whole->at(3) == read_frame{kind::notice, ""}));
    BOOST_TEST(*parse_exit(whole->at(4).payload) == 255u);
    for (std::size_t step = 1; step < bytes.size(); ++step)
        BOOST_TEST((*read_all(bytes, step) == *whole));
}

BOOST_AUTO_TEST_CASE(an_unfinished_frame_is_waited_for)
{
    const auto bytes = samples();
    BOOST_TEST(read_all(bytes.substr(0, bytes.size() - 1), 7)->size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_long_output_takes_several_frames)
{
    const std::string text(2 * max_payload + 1, 'x');
    std::string bytes;
    append_data(bytes, text);
    const auto frames = read_all(bytes, 4096);
    BOOST_REQUIRE(frames);
    BOOST_TEST(frames->size() == 3u);
    std::string joined;
    for (const auto& each : *frames) joined += each.payload;
    BOOST_TEST((joined == text));
}

BOOST_AUTO_TEST_CASE(what_is_too_long_or_unknown_is_refused_at_its_head)
{
    using namespace std::string_literals;
    BOOST_TEST((read_all("\x00\x01\x00\x01\x02"s, 1).error() == error_code(errc::out_of_range)));
    BOOST_TEST((read_all("\xff\xff\xff\xff\x02"s, 5).error() == error_code(errc::out_of_range)));
    BOOST_TEST((read_all("\0\0\0\0\0"s, 1).error() == error_code(errc::malformed)));
    BOOST_TEST((read_all("\0\0\0\0\x06"s, 5).error() == error_code(errc::malformed)));
}

BOOST_AUTO_TEST_CASE(numbers_have_their_length)
{
    BOOST_TEST((parse_exit("123").error() == error_code(errc::malformed)));
    BOOST_TEST((parse_exit("12345").error() == error_code(errc::malformed)));
    BOOST_TEST((parse_resize("1234").error() == error_code(errc::malformed)));
}

BOOST_AUTO_TEST_CASE(requests_are_read_back)
{
    for (const request& each :
        {request{{"ls"}, true, {}}, request{{"join", "a", "b"}, false, {{0, 1}}},
            request{{"kill", "\u00e9\n\""}, false, {}}})
        BOOST_TEST((*parse_request(to_text(each)) == each));
}

BOOST_AUTO_TEST_CASE(requests_are_read_strictly)
{
    for (const auto* text : {"", "x", "[]", "{}", R"({"words":[]})", R"({"words":"ls"})",
             R"({"words":[1]})", R"({"words":["ls"],"more":1})", R"({"words":["ls"],"json":1})",
             R"({"words":["ls"],"terminal":{}})", R"({"words":["ls"],"terminal":{"columns":1}})",
             R"({"words":["ls"],"terminal":{"columns":-1,"rows":1}})",
             R"({"words":["ls"],"terminal":{"columns":1,"rows":4294967296}})",
             R"({"words":["ls"],"terminal":{"columns":1,"rows":1,"x":1}})", R"({"words":["ls"]}{})",
             "{\"words\":[\"\xff\"]}"})
        BOOST_TEST((parse_request(text).error() == error_code(errc::malformed)), text);
    const request many{std::vector<std::string>(max_words + 1, "x"), false, {}};
    BOOST_TEST((parse_request(to_text(many)).error() == error_code(errc::malformed)));
    const request wide{{std::string(max_word_bytes + 1, 'x')}, false, {}};
    BOOST_TEST((parse_request(to_text(wide)).error() == error_code(errc::malformed)));
}

BOOST_AUTO_TEST_SUITE_END()
