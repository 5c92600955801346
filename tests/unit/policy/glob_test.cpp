#include "policy/glob.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using verbatim::policy::glob_matches;

BOOST_AUTO_TEST_CASE(a_glob_matches_the_whole_text)
{
    BOOST_TEST(glob_matches("", ""));
    BOOST_TEST(!glob_matches("", "a"));
    BOOST_TEST(glob_matches("*", ""));
    BOOST_TEST(glob_matches("a*c", "ac"));
    BOOST_TEST(glob_matches("a*c", "abcbc"));
    BOOST_TEST(!glob_matches("a*c", "abcb"));
    BOOST_TEST(glob_matches("a?c", "abc"));
    BOOST_TEST(!glob_matches("a?c", "ac"));
    BOOST_TEST(glob_matches("*.example.com", "a.b.example.com"));
    BOOST_TEST(!glob_matches("*.example.com", "example.com.evil"));
    BOOST_TEST(!glob_matches("root", "root2"));
    BOOST_TEST(glob_matches("[ab]", "[ab]"));
}

BOOST_AUTO_TEST_CASE(no_pattern_stalls)
{
    std::string pattern;
    for (int i = 0; i < 200; ++i) pattern += "a*";
    BOOST_TEST(!glob_matches(pattern + "b", std::string(4096, 'a')));
}
