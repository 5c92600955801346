#include <verbatim/config/address_range.hpp>

#include <boost/test/unit_test.hpp>

using namespace verbatim::config;

BOOST_AUTO_TEST_CASE(a_range_holds_its_addresses_and_no_others)
{
    const auto holds = [](const char* range, const char* address) {
        return parse_address_range(range).value().contains(parse_ip_address(address).value());
    };
    BOOST_TEST(holds("10.0.0.0/8", "10.255.0.1"));
    BOOST_TEST(!holds("10.0.0.0/8", "11.0.0.0"));
    BOOST_TEST(holds("10.16.0.0/12", "10.31.255.255"));
    BOOST_TEST(!holds("10.16.0.0/12", "10.32.0.0"));
    BOOST_TEST(holds("0.0.0.0/0", "1.2.3.4"));
    BOOST_TEST(holds("1.2.3.4", "1.2.3.4"));
    BOOST_TEST(!holds("1.2.3.4", "1.2.3.5"));
    BOOST_TEST(holds("fd00::/8", "fdff::1"));
    BOOST_TEST(!holds("fd00::/8", "fe00::1"));
    BOOST_TEST(!holds("0.0.0.0/0", "::ffff:1.2.3.4"));
    BOOST_TEST(!holds("::/0", "1.2.3.4"));
}

BOOST_AUTO_TEST_CASE(what_is_no_range_is_refused)
{
    for (const char* text :
        {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/08 ",
            "10.0.0/8", "10.0.0.1/8", "::/129", "fe80::1%lo", "host", "1.2.3.4/8/8"})
        BOOST_TEST(!parse_address_range(text).has_value(), text);
    BOOST_TEST(!parse_ip_address(std::string_view("1.2.3.4\0x", 9)).has_value());
}
