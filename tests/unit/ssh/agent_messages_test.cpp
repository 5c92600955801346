#include "ssh/agent_messages.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace verbatim;
using namespace verbatim::ssh;
using namespace std::string_literals;

namespace {

byte_view view(const std::string& text) { return as_bytes(text.data(), text.size()); }
std::string text_of(const byte_buffer& bytes) { return std::string(as_text(bytes)); }

const std::string two_keys = "\x0c\0\0\0\x02\0\0\0\x03one\0\0\0\x01"
                             "c\0\0\0\x03two\0\0\0\0"s;

} // namespace

BOOST_AUTO_TEST_SUITE(agent_messages)

BOOST_AUTO_TEST_CASE(questions)
{
    BOOST_TEST(text_of(make_agent_key_request()) == "\0\0\0\x01\x0b"s);
    BOOST_TEST(text_of(make_agent_sign_request(view("key"), view("data"),
                   agent_sign_flags::rsa_sha2_512)) == "\0\0\0\x14\x0d\0\0\0\x03key\0\0\0\x04"
                                                       "data\0\0\0\x04"s);
}

BOOST_AUTO_TEST_CASE(keys_are_read_up_to_a_limit)
{
    const auto keys = read_agent_keys(view(two_keys), 10);
    BOOST_TEST_REQUIRE(keys.has_value());
    BOOST_TEST_REQUIRE(keys->size() == 2u);
    BOOST_TEST(text_of((*keys)[1]) == "two");
    BOOST_TEST(read_agent_keys(view(two_keys), 1)->size() == 1u);
    BOOST_TEST(read_agent_keys(view("\x0c\0\0\0\0"s), 10)->empty());
}

BOOST_AUTO_TEST_CASE(what_is_not_whole_is_no_answer)
{
    for (std::size_t size = 0; size < two_keys.size(); ++size)
        BOOST_TEST(!read_agent_keys(view(two_keys.substr(0, size)), 10), size);
    BOOST_TEST((read_agent_keys(view(two_keys + "x"), 10).error() == errc::malformed));
    BOOST_TEST((read_agent_keys(view("\x05"), 10).error() == errc::not_found));
    BOOST_TEST(!read_agent_keys(view("\x0c\xff\xff\xff\xff"), 10));
    BOOST_TEST(!read_agent_signature(view("\x0e\0\0\0\x09sig"s)));
    BOOST_TEST(text_of(*read_agent_signature(view("\x0e\0\0\0\x03sig"s))) == "sig");
    BOOST_TEST((read_agent_signature(view("\x05")).error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE(answers_come_in_pieces)
{
    const auto framed = "\0\0\0\x04wxyz"s;
    agent_answer_reader reader;
    for (const char c : framed) {
        BOOST_TEST(!reader.take().has_value());
        BOOST_TEST(reader.feed(as_bytes(&c, 1)).has_value());
    }
    BOOST_TEST(text_of(*reader.take()) == "wxyz");
    BOOST_TEST(reader.is_empty());
    BOOST_TEST((reader.feed(view(framed + "more")).error() == errc::malformed));
    agent_answer_reader empty, huge;
    BOOST_TEST((empty.feed(view("\0\0\0\0"s)).error() == errc::out_of_range));
    BOOST_TEST((huge.feed(view("\xff\xff\xff\xff")).error() == errc::out_of_range));
}

BOOST_AUTO_TEST_SUITE_END()
