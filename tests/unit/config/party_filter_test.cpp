#include <verbatim/config/party_filter.hpp>

#include <boost/test/unit_test.hpp>

using verbatim::config::party_filter;

namespace {

bool holds(const std::string& text, const std::string& user, const std::vector<std::string>& roles)
{
    party_filter filter;
    std::string why;
    BOOST_TEST_REQUIRE(party_filter::parse(text, filter, why), why);
    return filter.holds_for(user, roles);
}

} // namespace

BOOST_AUTO_TEST_SUITE(party_filter_suite)

BOOST_AUTO_TEST_CASE(says_for_whom_it_holds)
{
    BOOST_TEST(holds("contains(user.spec.roles, \"auditor\")", "a", {"dev", "auditor"}));
    BOOST_TEST(!holds("contains(user.roles,'auditor')", "a", {"dev"}));
    BOOST_TEST(holds("equals(user.name, \"bob\") || user.name == \"eve\"", "eve", {}));
    BOOST_TEST(holds(" user.metadata.name!=\"bob\" ", "eve", {}));
    BOOST_TEST(holds(
        "!contains(user.roles, \"x\") && (user.name == \"a\" || user.name == \"b\")", "b", {}));
    // && binds more tightly.
    BOOST_TEST(
        holds("user.name == \"a\" || user.name == \"b\" && contains(user.roles, \"x\")", "a", {}));
    BOOST_TEST(!party_filter().holds_for("a", {"x"}));
}

BOOST_AUTO_TEST_CASE(one_role_has_a_name_for_people)
{
    party_filter filter;
    std::string why;
    BOOST_TEST(party_filter::parse("contains(user.spec.roles, \"auditor\")", filter, why));
    BOOST_TEST(filter.role() == "auditor");
    BOOST_TEST(party_filter::parse("!contains(user.spec.roles, \"auditor\")", filter, why));
    BOOST_TEST(filter.role() == "");
}

BOOST_AUTO_TEST_CASE(what_is_not_understood_is_refused_with_its_place)
{
    for (const std::string text : {std::string(), std::string("true"),
             std::string("contains(user.spec.roles)"), std::string("contains(user.traits, \"x\")"),
             std::string("user.name == bob"), std::string("user.name == \"bob"),
             std::string("user.name == \"\""), std::string("(user.name == \"a\""),
             std::string("user.name == \"a\" ||"), std::string("user.name == \"a\" x"),
             std::string("!"), std::string(100, '('), std::string(100, '!') + "user.name == \"a\"",
             std::string(2000, ' ') + "user.name == \"a\""}) {
        party_filter filter;
        std::string why;
        BOOST_TEST(!party_filter::parse(text, filter, why), text);
        BOOST_TEST(why.find("understood is") != why.npos);
    }
    party_filter filter;
    std::string why;
    BOOST_TEST(!party_filter::parse("user.name == \"a\" or x", filter, why));
    BOOST_TEST(why.starts_with("cannot be read from 'or x' on"));
}

BOOST_AUTO_TEST_SUITE_END()
