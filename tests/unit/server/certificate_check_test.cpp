#include "server/certificate_check.hpp"

#include <boost/test/unit_test.hpp>

using namespace verbatim;
using server::certificate_limits;
using server::limits_of_both;

namespace {

certificate_limits with_command(std::string command)
{
    certificate_limits out;
    out.force_command = std::move(command);
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(limits_of_two_certificates)

BOOST_AUTO_TEST_CASE(what_one_does_not_permit_the_other_does_not_give_back)
{
    certificate_limits narrow;
    narrow.port_forwarding = narrow.agent_forwarding = narrow.x11_forwarding = false;
    narrow.verify_required = true;
    certificate_limits wide;
    wide.touch_required = false;
    for (const auto& sum : {limits_of_both(narrow, wide), limits_of_both(wide, narrow)}) {
        BOOST_REQUIRE(sum);
        BOOST_TEST((!sum->port_forwarding && !sum->agent_forwarding && !sum->x11_forwarding));
        BOOST_TEST((sum->touch_required && sum->verify_required));
    }
    BOOST_TEST(limits_of_both(wide, wide)->port_forwarding);
    certificate_limits bare;
    bare.terminal = bare.user_rc = false;
    for (const auto& sum : {limits_of_both(bare, wide), limits_of_both(wide, bare)})
        BOOST_TEST((!sum->terminal && !sum->user_rc));
    BOOST_TEST((limits_of_both(wide, wide)->terminal && limits_of_both(wide, wide)->user_rc));
}

BOOST_AUTO_TEST_CASE(the_first_to_expire_counts)
{
    certificate_limits never, soon, late;
    soon.expires = wall_time(std::chrono::hours(1));
    late.expires = wall_time(std::chrono::hours(2));
    BOOST_TEST((limits_of_both(soon, late)->expires == soon.expires));
    BOOST_TEST((limits_of_both(late, soon)->expires == soon.expires));
    BOOST_TEST((limits_of_both(never, late)->expires == late.expires));
    BOOST_TEST((limits_of_both(late, never)->expires == late.expires));
    BOOST_TEST(!limits_of_both(never, never)->expires);
}

BOOST_AUTO_TEST_CASE(a_command_stays_and_two_of_them_are_no_login)
{
    const auto none = with_command(""), date = with_command("date"), id = with_command("id");
    BOOST_TEST(limits_of_both(date, none)->force_command == "date");
    BOOST_TEST(limits_of_both(none, date)->force_command == "date");
    BOOST_TEST(limits_of_both(date, date)->force_command == "date");
    BOOST_TEST(!limits_of_both(date, id));
}

BOOST_AUTO_TEST_SUITE_END()
