#include <verbatim/ssh/revocation_list.hpp>

#include "keygen_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace verbatim;
using test::needs_ssh_keygen;

struct revoking : test::keygen_fixture {
    revoking()
    {
        if (!test::has_ssh_keygen()) return;
        for (const auto* name : {"ca", "other-ca", "user", "other"}) make_key(name);
    }
    ssh::login_certificate serial(int number, const std::string& ca = "ca")
    {
        return certificate(ca, "user", "-I laptop -n alice -z " + std::to_string(number));
    }
    ssh::revocation_list read(const std::string& text)
    {
        std::string why;
        auto list = ssh::revocation_list::parse(text, why);
        BOOST_REQUIRE_MESSAGE(list, why);
        return std::move(*list);
    }
    std::string krl(const std::string& spec, const std::string& options = {})
    {
        scratch.put("spec", spec);
        run("-q -k -f list " + options + " spec");
        return test::contents(scratch / "list");
    }
};

std::string fault(std::string_view text)
{
    std::string why;
    return ssh::revocation_list::parse(text, why) ? std::string() : why;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(revocation_lists, revoking)

BOOST_AUTO_TEST_CASE(an_empty_file_revokes_nothing, *needs_ssh_keygen)
{
    for (const auto* text : {"", "\n\n", "# nothing\n  # yet"}) {
        const auto list = read(text);
        BOOST_TEST(list.empty());
        BOOST_TEST(!list.holds(key("user")));
        BOOST_TEST(!list.holds(serial(7)));
    }
}

BOOST_AUTO_TEST_CASE(a_key_takes_its_certificates_along, *needs_ssh_keygen)
{
    for (const auto& text : {line("user") + " left\n", key("user").fingerprint()}) {
        const auto list = read("# gone\n" + text);
        BOOST_TEST(list.holds(key("user")));
        BOOST_TEST(list.holds(serial(7)));
        BOOST_TEST(!list.holds(key("other")));
    }
}

BOOST_AUTO_TEST_CASE(an_authority_takes_along_all_that_it_signed, *needs_ssh_keygen)
{
    const auto list = read(line("ca"));
    BOOST_TEST(list.holds(serial(7)));
    BOOST_TEST(!list.holds(serial(7, "other-ca")));
}

BOOST_AUTO_TEST_CASE(serials_and_ids_are_an_authority_s_or_everybody_s, *needs_ssh_keygen)
{
    const auto of_all = read("serial: 7\nserial: 9-11\r\nid: stolen");
    for (const int number : {7, 9, 10, 11}) BOOST_TEST(of_all.holds(serial(number)), number);
    for (const int number : {0, 6, 8, 12}) BOOST_TEST(!of_all.holds(serial(number)), number);
    const auto of_one = read("ca: " + line("ca") + "\nserial: 7\nca: *\nid: laptop x\n");
    BOOST_TEST(of_one.holds(serial(7)));
    BOOST_TEST(!of_one.holds(serial(7, "other-ca")));
    const auto by_id = read("ca: " + key("other-ca").fingerprint() + "\nid: laptop\n");
    BOOST_TEST(by_id.holds(serial(1, "other-ca")));
    BOOST_TEST(!by_id.holds(serial(1)));
}

BOOST_AUTO_TEST_CASE(ranges_that_overlap_or_touch_are_one, *needs_ssh_keygen)
{
    const auto list = read("serial: 10-20\nserial: 15-30\nserial: 31\nserial: 5-9\nserial: 12\n"
                           "serial: 18446744073709551615\n");
    for (const int number : {5, 9, 10, 20, 25, 31}) BOOST_TEST(list.holds(serial(number)), number);
    for (const int number : {4, 32}) BOOST_TEST(!list.holds(serial(number)), number);
}

BOOST_AUTO_TEST_CASE(ssh_keygen_s_own_lists_are_read, *needs_ssh_keygen)
{
    const auto list =
        read(krl("serial: 7-9\nserial: 100\nserial: 103\nserial: 5000\nid: stolen\n", "-s ca.pub"));
    for (const int number : {7, 8, 9, 100, 103, 5000})
        BOOST_TEST(list.holds(serial(number)), number);
    for (const int number : {6, 10, 101, 102, 104, 4999})
        BOOST_TEST(!list.holds(serial(number)), number);
    BOOST_TEST(!list.holds(serial(7, "other-ca")));
    BOOST_TEST(list.holds(certificate("ca", "other", "-I stolen -n alice -z 1")));
    for (const std::string how : {"key: ", "sha1: ", "sha256: "}) {
        const auto keys = read(krl(how + line("user") + '\n'));
        BOOST_TEST(keys.holds(key("user")), how);
        BOOST_TEST(keys.holds(serial(1)), how);
        BOOST_TEST(!keys.holds(key("other")), how);
    }
}

BOOST_AUTO_TEST_CASE(a_list_that_is_cut_is_refused, *needs_ssh_keygen)
{
    const auto whole = krl("serial: 7-9\nkey: " + line("user") + '\n', "-s ca.pub");
    std::size_t accepted = 0;
    std::string why;
    for (std::size_t size = 8; size < whole.size(); ++size)
        accepted += ssh::revocation_list::parse(whole.substr(0, size), why).has_value();
    // Only a cut between two sections cannot be told.
    BOOST_TEST(accepted <= 2u);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said_with_its_line)
{
    for (const auto* bad : {"serial:", "serial: x", "serial: 9-7", "serial: -1", "serial: 1-",
             "serial: 99999999999999999999", "id:", "ca: x", "SHA256:short", "ssh-ed25519 AAAA",
             "hello"})
        BOOST_TEST(fault(std::string("# first\n") + bad).starts_with("line 2: "), bad);
    BOOST_TEST(!fault(std::string_view("SSHKRL\n\0", 8)).empty());
    BOOST_TEST(!fault(std::string(16 * 1024 * 1024 + 1, '\n')).empty());
}

BOOST_AUTO_TEST_CASE(a_section_that_we_do_not_know_is_refused)
{
    using namespace std::string_view_literals;
    std::string text("SSHKRL\n\0\0\0\0\1"sv);
    text += std::string(24 + 8, '\0');
    BOOST_TEST(fault(text).empty());
    BOOST_TEST(!fault(text + std::string("\x63\0\0\0\0", 5)).empty());
}

BOOST_AUTO_TEST_SUITE_END()
