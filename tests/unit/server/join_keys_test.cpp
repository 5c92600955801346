#include "server/join_keys.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using verbatim::server::join_keys;
using kind = join_keys::action::kind;

namespace {

// "text|L|H": texts and the first letters of what else there is.
std::string told(join_keys& keys, std::string_view typed)
{
    std::string out;
    for (const auto& each : keys.feed(typed)) {
        if (!out.empty()) out += '|';
        switch (each.what) {
        case kind::text: out += each.text; break;
        case kind::help: out += 'H'; break;
        case kind::leave: out += 'L'; break;
        case kind::terminate: out += 'T'; break;
        case kind::pause: out += 'P'; break;
        case kind::go_on: out += 'G'; break;
        case kind::unknown: out += '?'; break;
        }
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(join_keys_suite)

BOOST_AUTO_TEST_CASE(keys_after_the_escape_are_for_the_proxy)
{
    join_keys keys;
    BOOST_TEST(told(keys, "abc") == "abc");
    BOOST_TEST(told(keys, "a\x1dlb\x1dt\x1dp\x1dg\x1dh\x1d?\x1d.\x1dz") == "a|L|b|T|P|G|H|H|L|?");
    BOOST_TEST(told(keys, "") == "");
}

BOOST_AUTO_TEST_CASE(the_escape_twice_is_the_key_itself)
{
    join_keys keys;
    BOOST_TEST(told(keys, "a\x1d\x1d"
                          "b") == "a\x1d"
                                  "b");
}

BOOST_AUTO_TEST_CASE(an_escape_may_come_alone)
{
    join_keys keys;
    BOOST_TEST(told(keys, "a\x1d") == "a");
    BOOST_TEST(told(keys, "lrest") == "L|rest");
    BOOST_TEST(told(keys, "\x1d") == "");
    BOOST_TEST(told(keys, "\x1d") == "\x1d");
}

BOOST_AUTO_TEST_CASE(another_escape)
{
    join_keys keys('\x02');
    BOOST_TEST(told(keys, "\x1dl\x02l") == "\x1dl|L");
    BOOST_TEST(verbatim::server::name_of_key('\x02') == "Ctrl-B");
    BOOST_TEST(verbatim::server::name_of_key(join_keys::usual_escape) == "Ctrl-]");
}

BOOST_AUTO_TEST_SUITE_END()
