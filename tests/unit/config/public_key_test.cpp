#include <verbatim/config/public_key.hpp>

#include "support/made_keys.hpp"

#include <boost/test/unit_test.hpp>

using namespace verbatim;
using namespace verbatim::config;
using verbatim::test::ed25519_line;
using verbatim::test::key_blob;
using verbatim::test::key_line;

namespace {

std::string fault(const std::string& line)
{
    std::string why;
    return parse_public_key(line, why) ? "" : why;
}

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

std::string rsa_line(std::size_t bytes)
{
    return key_line("ssh-rsa", key_blob({"ssh-rsa", std::string("\1\0\1", 3),
                                   std::string(1, '\0') + std::string(bytes, '\xff')}));
}

} // namespace

BOOST_AUTO_TEST_CASE(every_type_of_key_is_read)
{
    const std::string point(65, 'p'), curve = "nistp256";
    BOOST_TEST(fault(ed25519_line('a')) == "");
    BOOST_TEST(fault(rsa_line(256)) == "");
    BOOST_TEST(fault(key_line(
                   "ecdsa-sha2-nistp256", key_blob({"ecdsa-sha2-nistp256", curve, point}))) == "");
    BOOST_TEST(fault(key_line("sk-ssh-ed25519@openssh.com",
                   key_blob({"sk-ssh-ed25519@openssh.com", std::string(32, 'a'), "ssh:"}))) == "");
    BOOST_TEST(fault(key_line("sk-ecdsa-sha2-nistp256@openssh.com",
                   key_blob({"sk-ecdsa-sha2-nistp256@openssh.com", curve, point, "ssh:"}))) == "");
}

BOOST_AUTO_TEST_CASE(a_key_keeps_its_comment_apart)
{
    std::string why;
    const auto key = parse_public_key("  " + ed25519_line('a') + "\t two words", why);
    BOOST_TEST_REQUIRE(key.has_value());
    BOOST_TEST(key->comment == "two words");
    BOOST_TEST(key->line() == ed25519_line('a'));
}

BOOST_AUTO_TEST_CASE(what_is_no_key_says_why)
{
    BOOST_TEST(contains(fault(""), "unknown key type"));
    BOOST_TEST(contains(fault("ssh-ed25519"), "base64 is damaged"));
    BOOST_TEST(contains(fault("ssh-ed25519 !!!!"), "base64 is damaged"));
    BOOST_TEST(contains(fault("ssh-dss AAAA"), "DSA"));
    BOOST_TEST(contains(fault("from=\"10.*\" " + ed25519_line('a')), "options before the key"));
    BOOST_TEST(contains(fault("restrict " + ed25519_line('a')), "options before the key"));
    BOOST_TEST(contains(fault("ssh-ed25519-cert-v01@openssh.com AAAA"), "a certificate"));
    BOOST_TEST(contains(fault(rsa_line(128)), "an RSA key of 1024 bits"));
    BOOST_TEST(contains(fault(key_line("ssh-rsa", key_blob({"ssh-ed25519", std::string(32, 'a')}))),
        "the key says it is 'ssh-ed25519'"));
    BOOST_TEST(contains(
        fault(key_line("ssh-ed25519", key_blob({"ssh-ed25519", "short"}))), "wrong length"));
    BOOST_TEST(contains(
        fault(key_line("ssh-ed25519", key_blob({"ssh-ed25519", std::string(32, 'a'), "x"}))),
        "parts too many"));
    BOOST_TEST(contains(fault(key_line("ecdsa-sha2-nistp256",
                            key_blob({"ecdsa-sha2-nistp256", "nistp384", std::string(65, 'a')}))),
        "another curve"));
}

BOOST_AUTO_TEST_CASE(a_key_cut_anywhere_is_refused)
{
    const auto blob = key_blob({"ssh-ed25519", std::string(32, 'a')});
    for (std::size_t length = 0; length < blob.size(); ++length)
        BOOST_TEST(fault(key_line("ssh-ed25519", blob.substr(0, length))) != "", length);
}
