#include "session/ssh_greeting.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace verbatim::test {

namespace {

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
    for (const std::string text : {"SSH-2.0-OpenSSH_9.2\r\n", "SSH-1.99-x\n",
             "welcome\r\nmind the step\nSSH-2.0-x", "\r\nSSH-2."})
        for (const std::size_t piece : {text.size(), std::size_t{1}, std::size_t{3}})
            BOOST_TEST(seen(text, piece), text);
}

BOOST_AUTO_TEST_CASE(is_not_seen_in_other_things)
{
    for (const std::string text : {"GET / HTTP/1.1\r\nX: SSH-2.0\r\n", "SSH-", "SSH-3.0",
             " SSH-2.0", "SSSH-2.0", "ssh-2.0-x", "SSH-2,0"})
        for (const std::size_t piece : {text.size(), std::size_t{1}})
            BOOST_TEST(!seen(text, piece), text);
}

BOOST_AUTO_TEST_CASE(is_looked_for_at_the_beginning_of_each_direction)
{
    const std::string filler(session::ssh_greeting::searched_bytes - 3, '\n');
    BOOST_TEST(!seen(filler + "SSH-2.0"));
    BOOST_TEST(seen(filler.substr(3) + "SSH-2.0"));

    session::ssh_greeting greeting;
    BOOST_TEST(!greeting.feed(true, as_bytes(filler + "\n\n\n")));
    BOOST_TEST(!greeting.feed(false, as_bytes(std::string("SSH"))));
    BOOST_TEST(!greeting.feed(true, as_bytes(std::string("-2.0"))));
    BOOST_TEST(greeting.feed(false, as_bytes(std::string("-2.0"))));
    BOOST_TEST(greeting.feed(true, as_bytes(std::string("more"))));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace verbatim::test
