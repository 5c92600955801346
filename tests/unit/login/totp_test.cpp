#include <verbatim/login/totp.hpp>

#include <boost/test/unit_test.hpp>

namespace {

using namespace verbatim;
using std::chrono::seconds;

// RFC 6238, appendix B: "12345678901234567890" and SHA-1.
constexpr std::string_view rfc_key = "12345678901234567890";
constexpr std::string_view rfc_key_base32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

wall_time at(std::int64_t second) { return wall_time(seconds(second)); }

} // namespace

BOOST_AUTO_TEST_SUITE(one_time_codes)

BOOST_AUTO_TEST_CASE(codes_are_those_of_rfc_6238)
{
    const std::pair<std::int64_t, std::string> vectors[] = {{59, "94287082"},
        {1111111109, "07081804"}, {1111111111, "14050471"}, {1234567890, "89005924"},
        {2000000000, "69279037"}};
    for (const auto& [second, code] : vectors)
        BOOST_TEST(login::totp_code(as_bytes(rfc_key), login::totp_step_of(at(second)), 8) == code);
    // The last of them lies behind the clock's range (the year 2603), but not behind the step's.
    BOOST_TEST(login::totp_code(as_bytes(rfc_key), 20000000000 / 30, 8) == "65353130");
}

BOOST_AUTO_TEST_CASE(base32_is_that_of_rfc_4648)
{
    const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""}, {"MY======", "f"},
        {"MZXQ====", "fo"}, {"MZXW6===", "foo"}, {"MZXW6YQ", "foob"}, {"MZXW6YTB", "fooba"},
        {"MZXW6YTBOI======", "foobar"}};
    for (const auto& [text, bytes] : vectors) {
        const auto read = login::from_base32(text);
        BOOST_REQUIRE(read);
        BOOST_TEST(as_text(*read) == bytes);
    }
    for (const auto* bad : {"mzxw6", "MZXW1", "M", "MZX", "MZ XW"})
        BOOST_TEST(!login::from_base32(bad), bad);
}

BOOST_AUTO_TEST_CASE(a_code_is_good_in_its_step_and_the_two_beside_it)
{
    const auto code = login::totp_code(as_bytes(rfc_key), 100);
    for (const std::int64_t step : {99, 100, 101}) {
        const auto found = login::find_totp_step(rfc_key_base32, code, at(step * 30 + 7));
        BOOST_REQUIRE(found);
        BOOST_TEST(*found == 100u);
    }
    for (const std::int64_t step : {0, 98, 102})
        BOOST_TEST(!login::find_totp_step(rfc_key_base32, code, at(step * 30)).has_value());
    const auto spaced = code.substr(0, 3) + ' ' + code.substr(3);
    BOOST_TEST(login::find_totp_step(rfc_key_base32, spaced, at(3000)).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_code_is_wrong)
{
    const auto code = login::totp_code(as_bytes(rfc_key), 100);
    for (const std::string& wrong : {std::string(), code.substr(1), code + "0",
             std::string("-00001"), std::string(6, '\0'), std::string(1000, '1')})
        BOOST_TEST(!login::find_totp_step(rfc_key_base32, wrong, at(3000)).has_value());
    BOOST_TEST(!login::find_totp_step("", code, at(3000)).has_value());
    BOOST_TEST(!login::find_totp_step("not base32", code, at(3000)).has_value());
}

BOOST_AUTO_TEST_CASE(secrets_are_fresh_and_their_uri_is_what_authenticators_read)
{
    const auto one = login::make_totp_secret(), other = login::make_totp_secret();
    BOOST_REQUIRE((one && other));
    BOOST_TEST(one->reveal().size() == 32u);
    BOOST_TEST((one->reveal() != other->reveal()));
    BOOST_TEST(login::from_base32(one->reveal())->size() == 20u);
    BOOST_TEST(
        login::totp_uri("my proxy", "alice", secret("ABC")).reveal() ==
        "otpauth://totp/my%20proxy:alice?secret=ABC&issuer=my%20proxy&algorithm=SHA1&digits=6"
        "&period=30");
}

BOOST_AUTO_TEST_SUITE_END()
