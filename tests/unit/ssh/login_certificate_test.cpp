#include <verbatim/ssh/login_certificate.hpp>

#include "keygen_fixture.hpp"

#include "ssh/certificate_blob.hpp"

#include <boost/test/unit_test.hpp>

namespace {
using namespace verbatim;
using test::needs_ssh_keygen;
using parsed = result<ssh::login_certificate>;
} // namespace

BOOST_FIXTURE_TEST_SUITE(login_certificates, test::keygen_fixture)

BOOST_AUTO_TEST_CASE(everything_in_a_certificate_is_read, *needs_ssh_keygen)
{
    make_key("ca");
    make_key("user");
    const auto read = certificate("ca", "user",
        "-I 'alice laptop' -n alice,ops -z 77 -V 20250101000000Z:20260101000000Z "
        "-O force-command=true -O source-address=10.0.0.0/8 -O no-pty -O extension:x@y=z");
    BOOST_TEST((read.key == key("user")));
    BOOST_TEST((read.authority == key("ca")));
    BOOST_TEST(read.serial == 77u);
    BOOST_TEST(read.for_users);
    BOOST_TEST(read.key_id == "alice laptop");
    BOOST_TEST(read.principals == (std::vector<std::string>{"alice", "ops"}),
        boost::test_tools::per_element());
    BOOST_TEST(read.valid_after == 1735689600u);
    BOOST_TEST(read.valid_before == 1767225600u);
    BOOST_REQUIRE(read.critical_options.size() == 2u);
    BOOST_TEST(read.critical_options[0].first == "force-command");
    BOOST_TEST(read.critical_options[1].second == std::string("\0\0\0\x0a"
                                                              "10.0.0.0/8",
                                                      14));
    for (const auto& [name, data] : read.extensions) BOOST_TEST(name != "permit-pty");
}

BOOST_AUTO_TEST_CASE(every_kind_of_key_and_authority_will_do, *needs_ssh_keygen)
{
    for (const std::string ca : {"ed25519", "ecdsa", "rsa"}) {
        make_key("ca-" + ca, ca);
        for (const std::string type : {"ed25519", "ecdsa", "rsa"}) {
            const auto name = ca + '-' + type;
            make_key(name, type);
            const auto read = certificate("ca-" + ca, name, "-I x -n alice");
            BOOST_TEST((read.key == key(name)), name);
            BOOST_TEST(read.valid_before == ssh::login_certificate::forever);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_certificate_with_any_byte_changed_is_none, *needs_ssh_keygen)
{
    make_key("ca");
    make_key("user");
    const auto whole = *ssh::public_key::parse(sign("ca", "user", "-I x -n alice -z 7"));
    for (std::size_t at = 0; at < whole.blob().size(); ++at) {
        byte_buffer changed(whole.blob().begin(), whole.blob().end());
        changed[at] ^= std::byte{1};
        BOOST_TEST(!ssh::login_certificate::parse(byte_view(changed)), at);
    }
}

BOOST_AUTO_TEST_CASE(a_certificate_that_is_cut_or_has_more_is_none, *needs_ssh_keygen)
{
    make_key("ca");
    make_key("user");
    const auto whole = *ssh::public_key::parse(sign("ca", "user", "-I x -n alice"));
    const byte_view blob = whole.blob();
    for (std::size_t size = 0; size < blob.size(); ++size)
        BOOST_TEST(!ssh::login_certificate::parse(blob.first(size)), size);
    byte_buffer more(blob.begin(), blob.end());
    more.push_back(std::byte{0});
    BOOST_TEST(!ssh::login_certificate::parse(byte_view(more)));
}

BOOST_AUTO_TEST_CASE(forged_ones_have_an_error_of_their_own, *needs_ssh_keygen)
{
    make_key("ca");
    make_key("user");
    const auto whole = *ssh::public_key::parse(sign("ca", "user", "-I x -n alice"));
    byte_buffer changed(whole.blob().begin(), whole.blob().end());
    changed.back() ^= std::byte{1}; // of the signature
    const auto read = ssh::login_certificate::parse(byte_view(changed));
    BOOST_REQUIRE(!read);
    BOOST_TEST((read.error() == errc::checksum_mismatch));
}

BOOST_AUTO_TEST_CASE(no_certificate_signs_with_sha_1, *needs_ssh_keygen)
{
    make_key("ca", "rsa");
    make_key("user");
    BOOST_TEST(!!ssh::login_certificate::parse(sign("ca", "user", "-I x -n a -t rsa-sha2-256")));
    const auto said = test::output_of(
        "cd " + scratch.path().string() + " && ssh-keygen -q -s ca -t ssh-rsa -I x -n a user.pub");
    if (!said.ends_with("exit 0")) return; // this ssh-keygen makes none
    BOOST_TEST(!ssh::login_certificate::parse(line("user-cert")));
}

BOOST_AUTO_TEST_CASE(hosts_certificates_say_so, *needs_ssh_keygen)
{
    make_key("ca");
    make_key("host");
    BOOST_TEST(!certificate("ca", "host", "-h -I x -n web1").for_users);
}

BOOST_AUTO_TEST_CASE(plain_keys_and_nonsense_are_no_certificates, *needs_ssh_keygen)
{
    make_key("user");
    BOOST_TEST(!ssh::login_certificate::parse(line("user")));
    BOOST_TEST(!ssh::login_certificate::parse("ssh-ed25519-cert-v01@openssh.com AAAA"));
    BOOST_TEST(!ssh::login_certificate::parse(byte_view()));
    const byte_buffer large(17 * 1024);
    BOOST_TEST((ssh::login_certificate::parse(byte_view(large)).error() == errc::out_of_range));
}

BOOST_AUTO_TEST_CASE(names_of_algorithms)
{
    BOOST_TEST(ssh::plain_algorithm("ssh-ed25519") == "ssh-ed25519");
    BOOST_TEST(ssh::plain_algorithm("rsa-sha2-512-cert-v01@openssh.com") == "rsa-sha2-512");
    BOOST_TEST(ssh::plain_algorithm("sk-ssh-ed25519-cert-v01@openssh.com") ==
               "sk-ssh-ed25519@openssh.com");
}

BOOST_AUTO_TEST_SUITE_END()
