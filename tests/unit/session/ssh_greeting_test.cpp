#include "session/ssh_greeting.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace verbatim::test {

namespace {

using namespace std::string_literals;

bool seen(const std::string& text, std::size_t piece = std::string::npos)
{
    session::ssh_greeting greeting;
    bool found = false;
    for (std::size_t at = 0; at < text.size(); at += std::min(piece, text.size()))
        found = greeting.feed(true, as_bytes(std::string_view(text).substr(at, piece)));
    return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(ssh_greetings)

BOOST_AUTO_TEST_CASE(is_seen_wherever_it_is_cut)
{
    for (const std::string text : {"SSH-2.0-OpenSSH_9.2\r\n", "SSH-1.99-x\n", "SSH-02.0-x",
             "SSH-2.00-", "welcome\r\nmind the step\nSSH-2.0-x", "\r\nSSH-2.0-"})
        for (const std::size_t piece : {text.size(), std::size_t{1}, std::size_t{3}})
            BOOST_TEST(seen(text, piece), text);
}

BOOST_AUTO_TEST_CASE(is_seen_after_whatever_comes_before_it)
{
    const auto socks = "\x05\x00\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x16"s;
    for (const auto& before : {socks, "HTTP/1.1 200 OK\r\n\r\n"s, "\0"s, "S"s, "SS"s, "SSH"s,
             "SSH-"s, "SSH-2"s, "SSH-2."s, "SSH-2.0"s, "SSH-.SSH-2.x"s, "X: "s})
        for (const std::size_t piece : {std::size_t{1000}, std::size_t{1}, std::size_t{5}})
            BOOST_TEST(seen(before + "SSH-2.0-x", piece), before);
}

// In content, too: nothing tells a page that quotes one from a conversation that begins.
BOOST_AUTO_TEST_CASE(is_seen_where_it_is_only_quoted)
{
    BOOST_TEST(seen("HTTP/1.1 200 OK\r\n\r\n<p>it says SSH-2.0-OpenSSH_9.2</p>"));
}

BOOST_AUTO_TEST_CASE(is_not_seen_in_other_things)
{
    for (const std::string text : {"GET / HTTP/1.1\r\nX: SSH-2.0\r\n", "SSH-", "SSH--", "SSH-2-x",
             "SSH-.0-x", "SSH-2.-x", "SSH-2.0", "SSH-2.0 ", "ssh-2.0-x", "SSH-2,0-x", "SSH-2..0-x",
             "SSH-2.0.1-x", "SS-2.0-x", "OpenSSH_9.2"})
        for (const std::size_t piece : {text.size(), std::size_t{1}})
            BOOST_TEST(!seen(text, piece), text);
}

BOOST_AUTO_TEST_CASE(is_looked_for_at_the_beginning_of_each_direction)
{
    const std::string filler(session::ssh_greeting::searched_bytes - 7, '\0');
    BOOST_TEST(!seen(filler + "SSH-2.0-"));
    BOOST_TEST(seen(filler.substr(1) + "SSH-2.0-"));
    BOOST_TEST(!seen(filler + "SSH-2.0-", 1));
    BOOST_TEST(seen(filler.substr(1) + "SSH-2.0-", 1));

    session::ssh_greeting greeting;
    BOOST_TEST(!greeting.feed(true, as_bytes(filler + "1234567")));
    BOOST_TEST(!greeting.feed(false, as_bytes("SSH"s)));
    BOOST_TEST(!greeting.feed(true, as_bytes("-2.0-SSH-2.0-"s)));
    BOOST_TEST(greeting.feed(false, as_bytes("-2.0-"s)));
    BOOST_TEST(greeting.feed(true, as_bytes("more"s)));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace verbatim::test
