#include <verbatim/config/password_hash.hpp>
#include <verbatim/login/password.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

namespace {
using namespace verbatim;
}

BOOST_AUTO_TEST_SUITE(passwords)

BOOST_AUTO_TEST_CASE(a_hash_knows_its_password_and_no_other)
{
    const auto hash = login::hash_password("correct horse");
    BOOST_REQUIRE(hash);
    BOOST_TEST(hash->reveal().starts_with("$y$"));
    BOOST_TEST(login::is_password("correct horse", hash->reveal()));
    for (const std::string& wrong : {std::string("correct hors"), std::string("correct horse "),
             std::string(), std::string("correct horse\0", 14), std::string(512, 'x')})
        BOOST_TEST(!login::is_password(wrong, hash->reveal()));
}

BOOST_AUTO_TEST_CASE(nobody_s_password_takes_as_long_as_anybody_s)
{
    const auto hash = login::hash_password("x");
    BOOST_REQUIRE(hash);
    BOOST_TEST(hash->reveal().starts_with(config::password_hash_prefix));
    BOOST_TEST(login::hash_of_nobody.starts_with(config::password_hash_prefix));
    BOOST_TEST(login::is_password("nobody", login::hash_of_nobody)); // so libcrypt does compute it
}

BOOST_AUTO_TEST_CASE(two_hashes_of_a_password_differ)
{
    const auto one = login::hash_password("x"), other = login::hash_password("x");
    BOOST_REQUIRE((one && other));
    BOOST_TEST((one->reveal() != other->reveal()));
}

BOOST_AUTO_TEST_CASE(what_crypt_cannot_take_has_no_hash)
{
    BOOST_TEST(!login::hash_password(""));
    BOOST_TEST(!login::hash_password(std::string("a\0b", 3)));
    BOOST_TEST(!login::hash_password(std::string(login::longest_password + 1, 'a')));
    const std::string longest(login::longest_password, 'a');
    const auto hash = login::hash_password(longest);
    BOOST_REQUIRE(hash);
    BOOST_TEST(login::is_password(longest, hash->reveal()));
}

BOOST_AUTO_TEST_CASE(what_is_no_hash_has_no_password)
{
    for (const auto* hash : {"", "*", "*0", "x", "$y$", "$y$j9T$", "$y$j9T$salt$"})
        for (const auto* password : {"", "x", "*0", "*1"})
            BOOST_TEST(!login::is_password(password, hash), hash);
}

BOOST_AUTO_TEST_SUITE_END()
