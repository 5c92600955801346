#include "server/admission.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using verbatim::server::admission;
using verdict = admission::verdict;

std::string source_of(const char* address)
{
    return verbatim::server::source_of(boost::asio::ip::make_address(address));
}

bool is(verdict got, verdict wanted) { return got == wanted; }

} // namespace

BOOST_AUTO_TEST_SUITE(admitting)

BOOST_AUTO_TEST_CASE(an_ipv4_address_is_a_source_of_its_own)
{
    BOOST_TEST(source_of("192.0.2.1") == "192.0.2.1");
    BOOST_TEST(source_of("192.0.2.1") != source_of("192.0.2.2"));
}

BOOST_AUTO_TEST_CASE(an_ipv6_network_of_64_bits_is_one_source)
{
    BOOST_TEST(source_of("2001:db8:1:2::1") == "2001:db8:1:2::/64");
    BOOST_TEST(source_of("2001:db8:1:2::1") == source_of("2001:db8:1:2:ffff:ffff:ffff:ffff"));
    BOOST_TEST(source_of("2001:db8:1:2::1") != source_of("2001:db8:1:3::1"));
}

BOOST_AUTO_TEST_CASE(a_zone_does_not_make_another_source)
{
    BOOST_TEST(source_of("fe80::1%1") == source_of("fe80::2%2"));
}

BOOST_AUTO_TEST_CASE(an_ipv4_address_in_ipv6_clothes_is_that_ipv4_address)
{
    BOOST_TEST(source_of("::ffff:192.0.2.1") == "192.0.2.1");
    BOOST_TEST(source_of("::ffff:192.0.2.1") != source_of("::ffff:192.0.2.2"));
}

BOOST_AUTO_TEST_CASE(one_source_gets_its_share_and_no_more)
{
    admission door({10, 2});
    BOOST_TEST(is(door.enter("a"), verdict::admitted));
    BOOST_TEST(is(door.enter("a"), verdict::admitted));
    BOOST_TEST(is(door.enter("a"), verdict::too_many_from_source));
    BOOST_TEST(is(door.enter("b"), verdict::admitted));
    BOOST_TEST(door.waiting() == 3);
}

BOOST_AUTO_TEST_CASE(all_sources_together_have_a_limit)
{
    admission door({3, 2});
    for (const char* source : {"a", "b", "c"})
        BOOST_TEST(is(door.enter(source), verdict::admitted));
    BOOST_TEST(is(door.enter("d"), verdict::too_many));
    BOOST_TEST(is(door.enter("a"), verdict::too_many));
    BOOST_TEST(door.waiting() == 3);
}

BOOST_AUTO_TEST_CASE(who_leaves_makes_room_for_its_source_and_for_all)
{
    admission door({2, 1});
    BOOST_TEST(is(door.enter("a"), verdict::admitted));
    BOOST_TEST(is(door.enter("b"), verdict::admitted));
    door.leave("a");
    BOOST_TEST(is(door.enter("b"), verdict::too_many_from_source));
    BOOST_TEST(is(door.enter("a"), verdict::admitted));
    BOOST_TEST(door.waiting() == 2);
}

BOOST_AUTO_TEST_CASE(a_source_that_never_entered_takes_nobody_s_place)
{
    admission door({1, 1});
    BOOST_TEST(is(door.enter("a"), verdict::admitted));
    door.leave("b");
    BOOST_TEST(door.waiting() == 1);
    BOOST_TEST(is(door.enter("b"), verdict::too_many));
}

BOOST_AUTO_TEST_CASE(a_limit_of_nothing_admits_nobody)
{
    admission door({0, 5});
    BOOST_TEST(is(door.enter("a"), verdict::too_many));
    admission closed_to_each({5, 0});
    BOOST_TEST(is(closed_to_each.enter("a"), verdict::too_many_from_source));
    BOOST_TEST(closed_to_each.waiting() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
