#include <verbatim/policy/route.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace verbatim;
using namespace verbatim::policy;

namespace {

// "user|login|target|port|command", or the error.
std::string shape(std::string_view name)
{
    const auto parsed = parse_route(name);
    if (!parsed) return parsed.error() == errc::out_of_range ? "out of range" : "malformed";
    return parsed->user + '|' + parsed->login + '|' + parsed->target + '|' +
           (parsed->port ? std::to_string(*parsed->port) : "") + '|' + parsed->command;
}

struct row {
    std::string name, expected;
};

} // namespace

BOOST_AUTO_TEST_CASE(user_names_are_read_as_the_grammar_says)
{
    const row table[] = {
        {"alice", "|alice|||"},
        {"root@web1", "|root|web1||"},
        {"root@10.0.0.7", "|root|10.0.0.7||"},
        {"root@web1%2222", "|root|web1|2222|"},
        {"root@[2001:db8::1]", "|root|2001:db8::1||"},
        {"root@[::1]%22", "|root|::1|22|"},
        {"alice/root@web1%65535", "alice|root|web1|65535|"},
        {"alice/alice", "alice|alice|||"},
        {"jane@corp.example@web1", "|jane@corp.example|web1||"},
        {"alice/a/b@web1", "alice|a/b|web1||"},
        {"CORP\\jane@web1", "|CORP\\jane|web1||"},
        {"a b@web1", "|a b|web1||"},
        {"r\xc3\xa9mi@web1", "|r\xc3\xa9mi|web1||"},
        {"root%22@web1", "|root%22|web1||"},
        {"+ls", "||||ls"},
        {"alice/+join", "alice||||join"},
    };
    for (const auto& [name, expected] : table) BOOST_TEST(shape(name) == expected, name);
}

BOOST_AUTO_TEST_CASE(what_breaks_the_grammar_is_refused)
{
    const std::string table[] = {"", "/", "@", "/root@web1", "alice/", "alice/@web1", "@web1",
        "root@", "root@%22", "root@web1%", "root@web1%0", "root@web1%65536",
        "root@web1%99999999999", "root@web1%2x", "root@web1%22%22", "root@web1:22", "root@::1",
        "root@[::1", "root@::1]", "root@[]", "root@[1.2.3.4]", "root@[fe80::1%lo]", "root@[::1]22",
        "root@-oProxyCommand", "root@we b", "root@web\xc3\xa9", "Alice/root@web1", "a b/root@web1",
        "root@a/b", "alice/bob", "Alice", "alice%22", "+", "+Ls", "+ls@web1", "+ls x", "alice/+",
        "ro\not@web1", "root\x7f@web1", "root\x1b[2J@web1", std::string("root\0@web1", 10),
        "a\xc2\x9bm@web1"};
    for (const auto& name : table) BOOST_TEST(shape(name) == "malformed", name);
}

BOOST_AUTO_TEST_CASE(over_long_user_names_are_refused)
{
    BOOST_TEST(shape(std::string(513, 'a')) == "out of range");
    BOOST_TEST(shape(std::string(512, 'a')) == "malformed");
    BOOST_TEST(shape(std::string(64, 'a')) != "malformed");
    BOOST_TEST(shape("root@" + std::string(253, 'a')) != "malformed");
    BOOST_TEST(shape("root@" + std::string(254, 'a')) == "malformed");
}
