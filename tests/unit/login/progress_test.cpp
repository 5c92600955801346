#include <verbatim/login/progress.hpp>

#include <boost/test/unit_test.hpp>

namespace {

using verbatim::login::progress;
using lists = verbatim::config::method_lists;
using names = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(several_factors)

BOOST_AUTO_TEST_CASE(one_list_is_passed_in_its_order)
{
    progress of({lists{{"publickey", "keyboard-interactive"}}});
    BOOST_TEST(of.expects("publickey"));
    BOOST_TEST(!of.expects("keyboard-interactive"));
    of.passed("publickey");
    BOOST_TEST(!of.is_complete());
    BOOST_TEST(of.next() == names{"keyboard-interactive"}, boost::test_tools::per_element());
    of.passed("keyboard-interactive");
    BOOST_TEST(of.is_complete());
    BOOST_TEST(of.next().empty());
}

BOOST_AUTO_TEST_CASE(any_of_several_lists_will_do)
{
    progress of({lists{{"publickey", "password"}, {"keyboard-interactive"}}});
    BOOST_TEST(of.next() == (names{"publickey", "keyboard-interactive"}),
        boost::test_tools::per_element());
    of.passed("publickey");
    BOOST_TEST(
        of.next() == (names{"keyboard-interactive", "password"}), boost::test_tools::per_element());
    of.passed("keyboard-interactive");
    BOOST_TEST(of.is_complete());
}

BOOST_AUTO_TEST_CASE(a_method_may_be_asked_for_twice)
{
    progress of({lists{{"publickey", "publickey"}}});
    of.passed("publickey");
    BOOST_TEST(!of.is_complete());
    BOOST_TEST(of.expects("publickey"));
    of.passed("publickey");
    BOOST_TEST(of.is_complete());
}

BOOST_AUTO_TEST_CASE(every_role_s_requirement_must_be_met)
{
    progress of({lists{{"publickey"}}, lists{{"publickey", "password"}}});
    of.passed("publickey");
    BOOST_TEST(!of.is_complete());
    of.passed("password");
    BOOST_TEST(of.is_complete());
}

BOOST_AUTO_TEST_CASE(a_requirement_without_a_list_is_never_met)
{
    progress of({lists{}, lists{{"publickey"}}});
    of.passed("publickey");
    BOOST_TEST(!of.is_complete());
    BOOST_TEST(of.next().empty());
}

BOOST_AUTO_TEST_SUITE_END()
