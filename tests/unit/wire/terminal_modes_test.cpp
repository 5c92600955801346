#include <verbatim/wire/terminal_modes.hpp>

#include <boost/test/unit_test.hpp>

namespace {

using namespace verbatim;
using namespace verbatim::wire::ssh;
using std::string_literals::operator""s;

} // namespace

BOOST_AUTO_TEST_SUITE(terminal_modes)

BOOST_AUTO_TEST_CASE(modes_are_read_in_their_order_up_to_the_end_mark)
{
    const auto list = "\x81\0\0\x96\0\x01\0\0\0\x03\0rest"s;
    const auto modes = decode_modes(as_bytes(list));
    BOOST_REQUIRE(modes);
    BOOST_REQUIRE(modes->size() == 2u);
    BOOST_TEST(((*modes)[0] == terminal_mode{129, 38400}));
    BOOST_TEST(((*modes)[1] == terminal_mode{1, 3}));
    BOOST_TEST(describe_modes(as_bytes(list)) == "TTY_OP_OSPEED=38400 VINTR=3");
}

BOOST_AUTO_TEST_CASE(undefined_opcodes_end_the_list)
{
    BOOST_TEST(decode_modes(as_bytes("\x35\0\0\0\x01\xa0"s))->size() == 1u);
    BOOST_TEST(decode_modes(as_bytes("\xff"s))->empty());
}

BOOST_AUTO_TEST_CASE(a_cut_list_is_refused_at_every_byte_inside_a_mode)
{
    const auto list = "\x35\0\0\0\x01\x2a\0\0\0\x01\0"s;
    for (std::size_t size = 0; size <= list.size(); ++size) {
        const bool whole = size % 5 == 0 || size == list.size();
        const auto cut = as_bytes(std::string_view(list).substr(0, size));
        BOOST_TEST(are_well_formed(cut) == whole);
        BOOST_TEST(decode_modes(cut).has_value() == whole);
    }
    BOOST_TEST(describe_modes(as_bytes("\x35\0\0\0\x01\x2a"s)) == "ECHO=1 (malformed)");
}

BOOST_AUTO_TEST_CASE(opcodes_without_a_name_are_shown_by_number)
{
    BOOST_TEST(mode_name(42) == "IUTF8");
    BOOST_TEST(mode_name(99).empty());
    BOOST_TEST(describe_modes(as_bytes("\x63\0\0\0\x07\0"s)) == "99=7");
}

BOOST_AUTO_TEST_SUITE_END()
