#include <verbatim/ssh/public_key.hpp>

#include <boost/test/unit_test.hpp>

namespace {

using namespace verbatim;
using verbatim::ssh::public_key;

constexpr std::string_view line =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHTE5SqbiRkn1fQuyCgiNydsZZXGBv5qE8cVqr+JtIiP a comment";

} // namespace

BOOST_AUTO_TEST_SUITE(public_keys)

BOOST_AUTO_TEST_CASE(a_public_key_line_is_read_and_written)
{
    const auto key = public_key::parse(line);
    BOOST_REQUIRE(key);
    BOOST_TEST(key->type() == "ssh-ed25519");
    BOOST_TEST(key->comment() == "a comment");
    BOOST_TEST(key->line() == line);
    BOOST_TEST(key->to_string() == line.substr(0, line.find(" a comment")));
}

BOOST_AUTO_TEST_CASE(blanks_around_a_line_and_the_comment_do_not_count)
{
    const auto one = public_key::parse(line);
    const auto other = public_key::parse("  " + std::string(line.substr(0, 80)) + "\t\r\n");
    BOOST_REQUIRE(one && other);
    BOOST_TEST((*one == *other));
    BOOST_TEST(other->comment().empty());
}

BOOST_AUTO_TEST_CASE(every_cut_of_a_line_is_refused)
{
    const auto without_comment = line.substr(0, line.find(" a comment"));
    for (std::size_t size = 0; size < without_comment.size(); ++size)
        BOOST_TEST(!public_key::parse(without_comment.substr(0, size)), "cut to " << size);
}

BOOST_AUTO_TEST_CASE(a_type_that_is_not_the_blobs_is_refused)
{
    BOOST_TEST(!public_key::parse("ssh-rsa " + std::string(line.substr(12))));
    BOOST_TEST(!public_key::parse("restrict " + std::string(line)));
    BOOST_TEST(!public_key::parse("ssh-ed25519 !!!!"));
    BOOST_TEST(!public_key::from_blob(byte_buffer(20000)));
}

BOOST_AUTO_TEST_SUITE_END()
