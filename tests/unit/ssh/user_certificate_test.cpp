#include <verbatim/ssh/user_certificate.hpp>

#include "scratch_directory.hpp"

#include "ssh/private_key.hpp"

#include <verbatim/ssh/public_key.hpp>

#include <boost/test/unit_test.hpp>

namespace {

using namespace verbatim;
using namespace verbatim::test;
using verbatim::ssh::certificate_issuer;
using verbatim::ssh::certificate_request;

const auto precondition =
    boost::unit_test::precondition([](boost::unit_test::test_unit_id) { return has_ssh_keygen(); });

struct authority {
    ssh::key_pair ca = std::move(*ssh::generate_key("ed25519", "test CA"));
    certificate_issuer issuer = std::move(*certificate_issuer::create(ca.private_text));
    scratch_directory scratch;
    wall_time now{std::chrono::seconds{1'767'225'600}}; // 2026-01-01T00:00:00Z

    std::string listing(const certificate_request& request)
    {
        const auto issued = issuer.issue(request, now);
        BOOST_REQUIRE(issued);
        const auto file = scratch.put("id-cert.pub", issued->certificate + '\n');
        return output_of("TZ=UTC ssh-keygen -L -f " + file.string());
    }
};

void has(const std::string& text, std::string_view part)
{
    BOOST_TEST((text.find(part) != text.npos), '"' << part << "\" is not in\n" << text);
}

std::string options_of(const std::string& listing)
{
    return listing.substr(listing.find("Critical Options:"));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(user_certificates, authority)

BOOST_AUTO_TEST_CASE(a_certificate_names_one_principal_for_two_minutes, *precondition)
{
    const auto text = listing({"root", "alice@7", "10.0.0.1"});
    has(text, "ssh-ed25519-cert-v01@openssh.com user certificate");
    has(text, "Signing CA: ED25519 " + ca.public_part.fingerprint() + " (using ssh-ed25519)");
    has(text, "Key ID: \"alice@7\"");
    has(text, "Valid: from 2025-12-31T23:59:00 to 2026-01-01T00:02:00");
    has(text, "Principals: \n                root\n        Critical Options:");
    BOOST_TEST(options_of(text) ==
               "Critical Options: \n                source-address 10.0.0.1\n        Extensions: \n"
               "                permit-pty\n                permit-user-rc\nexit 0");
}

BOOST_AUTO_TEST_CASE(forwardings_stand_in_it_only_when_granted, *precondition)
{
    BOOST_TEST(
        options_of(listing({"root", "id", "", true, true, true})) ==
        "Critical Options: (none)\n        Extensions: \n                permit-X11-forwarding\n"
        "                permit-agent-forwarding\n                permit-port-forwarding\n"
        "                permit-pty\n                permit-user-rc\nexit 0");
    BOOST_TEST(
        options_of(listing({"root", "id", "", false, false, true})) ==
        "Critical Options: (none)\n        Extensions: \n                permit-port-forwarding\n"
        "                permit-pty\n                permit-user-rc\nexit 0");
}

BOOST_AUTO_TEST_CASE(terminals_and_user_rc_stand_in_it_unless_they_are_not_wanted, *precondition)
{
    BOOST_TEST(options_of(listing({"root", "id", "", false, false, false, false, true})) ==
               "Critical Options: (none)\n        Extensions: \n                permit-user-rc\n"
               "exit 0");
    BOOST_TEST(options_of(listing({"root", "id", "", false, false, false, true, false})) ==
               "Critical Options: (none)\n        Extensions: \n                permit-pty\n"
               "exit 0");
}

BOOST_AUTO_TEST_CASE(the_private_key_is_the_certificates, *precondition)
{
    const auto issued = issuer.issue({"root", "id"}, now);
    BOOST_REQUIRE(issued);
    const auto key = ssh::public_half(issued->private_key.reveal());
    const auto file = scratch.put("id-cert.pub", issued->certificate + '\n');
    has(output_of("ssh-keygen -L -f " + file.string()),
        "Public key: ED25519-CERT " + key->fingerprint());
}

BOOST_AUTO_TEST_CASE(sshd_would_take_its_signature, *precondition)
{
    // ssh-keygen verifies a file's signature made with a certificate against the CA.
    const auto issued = issuer.issue({"root", "id"}, system_clock{}.wall_now());
    BOOST_REQUIRE(issued);
    const auto key = scratch.put("id", issued->private_key.reveal());
    scratch.put("id-cert.pub", issued->certificate + '\n');
    const auto data = scratch.put("data", "bytes");
    scratch.put("allowed", "root cert-authority " + ca.public_part.line() + '\n');
    const auto path = [&](const char* name) { return (scratch / name).string(); };
    has(output_of("ssh-keygen -Y sign -f " + path("id-cert.pub") + " -n test " + data.string()),
        "exit 0");
    has(output_of("ssh-keygen -Y verify -f " + path("allowed") + " -I root -n test -s " +
                  path("data.sig") + " <" + data.string()),
        "Good \"test\" signature for root");
    has(output_of("ssh-keygen -Y verify -f " + path("allowed") + " -I alice -n test -s " +
                  path("data.sig") + " <" + data.string()),
        "exit 255");
}

BOOST_AUTO_TEST_CASE(no_two_certificates_share_key_or_serial)
{
    const auto one = issuer.issue({"root", "id"}, now), other = issuer.issue({"root", "id"}, now);
    BOOST_REQUIRE(one && other);
    BOOST_TEST(one->certificate != other->certificate);
    BOOST_TEST((one->private_key.reveal() != other->private_key.reveal()));
}

BOOST_AUTO_TEST_CASE(the_line_is_a_public_key_line)
{
    const auto issued = issuer.issue({"root", "id"}, now);
    BOOST_TEST(ssh::public_key::parse(issued->certificate)->to_string() == issued->certificate);
}

BOOST_AUTO_TEST_CASE(logins_and_addresses_that_would_widen_it_are_refused)
{
    const auto refused = make_error_code(errc::malformed);
    BOOST_TEST(issuer.issue({"", "id"}, now).error() == refused);
    BOOST_TEST(issuer.issue({std::string(256, 'a'), "id"}, now).error() == refused);
    BOOST_TEST(issuer.issue({std::string("a\0b", 3), "id"}, now).error() == refused);
    for (const auto* bad : {"0.0.0.0/0", "10.0.0.1,::", "*", "fe80::1%eth0", "host"})
        BOOST_TEST(issuer.issue({"root", "id", bad}, now).error() == refused);
    BOOST_TEST(issuer.issue({"root", "id", "2001:db8::1"}, now).has_value());
}

BOOST_AUTO_TEST_CASE(control_characters_in_the_key_id_are_escaped, *precondition)
{
    has(listing({"root", "ali\nce\x1b[2J"}), "Key ID: \"ali\\x0ace\\x1b[2J\"");
}

BOOST_AUTO_TEST_CASE(only_an_ed25519_key_can_be_the_ca)
{
    const auto other = ssh::generate_key("ecdsa-sha2-nistp256", "");
    BOOST_TEST(certificate_issuer::create(other->private_text).error() ==
               make_error_code(errc::unsupported_version));
    BOOST_TEST(
        certificate_issuer::create(secret{"nonsense"}).error() == make_error_code(errc::malformed));
}

BOOST_AUTO_TEST_SUITE_END()
