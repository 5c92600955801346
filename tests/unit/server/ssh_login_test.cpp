#include "login_fixture.hpp"

#include "support/made_keys.hpp"

#include <boost/test/unit_test.hpp>

using namespace verbatim;
using test::ed25519_line;
using test::login_fixture;
using verdict = login_fixture::verdict;

namespace {

const std::string alices = ed25519_line('a'), alices_other = ed25519_line('A'),
                  bobs = ed25519_line('b');
constexpr const char* totp = "GEZDGNBVGY3TQOJQ";

std::string sk_line(char seed)
{
    constexpr std::string_view type = "sk-ssh-ed25519@openssh.com";
    return test::key_line(type, test::key_blob({type, std::string(32, seed), "ssh:"}));
}

struct two_users : login_fixture {
    void methods(const std::string& lists)
    {
        configure("- {name: alice, roles: [r], authorized_keys: ['" + alices + "', '" +
                      alices_other + "'], password_hash: '" + hash_of("alice's") +
                      "'}\n- {name: bob, roles: [r], authorized_keys: ['" + bobs +
                      "'], password_hash: '" + hash_of("bob's") + "'}\n",
            "authentication_methods: [" + lists + "]");
    }
};

// Certificates for the key "holder" by the trusted authority "ca".
struct with_authority : login_fixture {
    with_authority()
    {
        for (const auto* name : {"ca", "holder", "second"}) make_key(name);
    }
    void methods(const std::string& lists)
    {
        configure("- {name: alice, roles: [r], principals: [alice, both]}\n"
                  "- {name: bob, roles: [r], principals: [bob, both]}\n",
            "authentication_methods: [" + lists + "], trusted_user_ca_keys: ['" + line("ca") +
                "']");
    }
    std::string by_ca(const std::string& options, const std::string& holder = "holder")
    {
        // The manual clock's day.
        return sign("ca", holder, "-I id -V 20260301:20260401 " + options);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(logging_in, two_users)

BOOST_AUTO_TEST_CASE(a_key_and_then_the_same_user_s_password)
{
    methods("'publickey,password'");
    client one(*this);
    BOOST_TEST(one.key("root@web1", alices) == verdict::partly);
    BOOST_TEST(one.answered.methods == std::vector<std::string>{"password"},
        boost::test_tools::per_element());
    BOOST_TEST(one.password("root@web1", "bob's") == verdict::refused);
    BOOST_TEST(one.password("root@web1", "alice's") == verdict::granted);
    BOOST_TEST(one.facts.user == "alice");
    BOOST_TEST(audit.all<wire::user_login>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_login_that_began_under_one_name_does_not_go_on_under_another)
{
    methods("'publickey,password'");
    for (const char* other : {"bob/root@web1", "root@web2", "alice/root@web1", "root@web1 "}) {
        client one(*this);
        BOOST_TEST(one.key("root@web1", alices) == verdict::partly);
        BOOST_TEST(one.password(other, "bob's") == verdict::refused);
        BOOST_TEST(one.password(other, "alice's") == verdict::refused);
        // What was proven is forgotten, whichever name comes next.
        BOOST_TEST(one.password("root@web1", "alice's") == verdict::refused);
    }
    BOOST_TEST(audit.all<wire::user_login>().empty());
}

BOOST_AUTO_TEST_CASE(the_key_of_one_and_the_password_of_another_are_nobody_s)
{
    methods("'publickey,password'");
    client one(*this);
    BOOST_TEST(one.key("alice/root@web1", alices) == verdict::partly);
    BOOST_TEST(one.password("alice/root@web1", "bob's") == verdict::refused);
    BOOST_TEST(one.key("bob/root@web1", bobs) == verdict::refused);
    BOOST_TEST(one.key("bob/root@web1", bobs) == verdict::partly);
    BOOST_TEST(one.password("bob/root@web1", "alice's") == verdict::refused);
    BOOST_TEST(one.password("bob/root@web1", "bob's") == verdict::granted);
    BOOST_TEST(one.facts.user == "bob");
}

BOOST_AUTO_TEST_CASE(two_keys_are_two_and_of_one_user)
{
    methods("'publickey,publickey'");
    client one(*this);
    BOOST_TEST(one.key("root@web1", alices) == verdict::partly);
    BOOST_TEST(one.key("root@web1", alices) == verdict::refused);
    BOOST_TEST(why() == "a key that was used in this login before");
    BOOST_TEST(one.key("root@web1", bobs) == verdict::refused);
    BOOST_TEST(why().starts_with("the key of another user"));
    BOOST_TEST(one.key("root@web1", alices_other) == verdict::granted);
}

BOOST_AUTO_TEST_CASE(none_is_never_enough)
{
    methods("'publickey,password', 'password,publickey'");
    client one(*this);
    BOOST_TEST(one.none("root@web1") == verdict::refused);
    BOOST_TEST(one.key("root@web1", alices) == verdict::partly);
    BOOST_TEST(one.none("root@web1") == verdict::refused);
    BOOST_TEST(one.none("alice") == verdict::refused);
    BOOST_TEST(
        one.password("root@web1", "alice's") == verdict::refused); // begun under another name
    BOOST_TEST(audit.all<wire::user_login>().empty());
}

BOOST_AUTO_TEST_CASE(tries_that_come_together_are_limited_like_one_after_the_other)
{
    methods("password");
    std::vector<std::unique_ptr<client>> all;
    for (int n = 0; n < 20; ++n) {
        all.push_back(std::make_unique<client>(*this));
        all.back()->begin(client::password_request("alice/root@web1", "guess"));
    }
    loop.run();
    BOOST_TEST(std::count(log.reasons.begin(), log.reasons.end(), "a wrong password") == 5);
    BOOST_TEST(log.reasons.size() == 20u);
}

BOOST_AUTO_TEST_CASE(right_passwords_that_come_together_all_get_in)
{
    methods("password");
    std::vector<std::unique_ptr<client>> all;
    for (int n = 0; n < 12; ++n) {
        all.push_back(std::make_unique<client>(*this));
        all.back()->begin(client::password_request("alice/root@web1", "alice's"));
    }
    loop.run();
    for (const auto& each : all) BOOST_TEST(each->answered.what == verdict::granted);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(logging_in_inside_a_jump, login_fixture)

BOOST_AUTO_TEST_CASE(a_bare_password_is_not_enough_where_a_code_is_asked_for)
{
    const auto hash = hash_of("right");
    configure("- {name: alice, roles: [r], authorized_keys: ['" + alices + "'], password_hash: '" +
                  hash + "'}\n",
        "authentication_methods: ['password,publickey']");
    const server::jump_facts to{"alice", "web1", 22};
    client one(*this, "192.0.2.7", to);
    BOOST_TEST(one.none("root") == verdict::refused);
    BOOST_TEST(one.answered.methods == std::vector<std::string>{"publickey"},
        boost::test_tools::per_element());
    BOOST_TEST(one.password("root", "right") == verdict::refused);
    BOOST_TEST(one.interactive("root", {"right"}) == verdict::refused);
    BOOST_TEST(one.key("root", bobs) == verdict::refused);
    BOOST_TEST(one.key("root", alices) == verdict::granted);
    BOOST_TEST(one.facts.route.target == "web1");
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

struct with_codes : login_fixture {
    // Codes stand in users.yaml alone.
    with_codes()
    {
        const auto hash = hash_of("right");
        scratch.put("data/users.yaml", "");
        configure("- {name: alice, roles: [r], password_hash: '" + hash + "'}\n",
            "authentication_methods: [keyboard-interactive]");
        auto settings = policy->settings;
        settings.users.at(0).totp_secret = std::make_shared<const secret>(std::string(totp));
        policy = std::make_shared<const server::policy_snapshot>(std::move(settings));
    }
    std::string code(int steps_on = 0) const
    {
        const auto key = login::from_base32(totp);
        return login::totp_code(*key, login::totp_step_of(time.wall_now()) + steps_on);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(codes_inside_a_jump, with_codes)

BOOST_AUTO_TEST_CASE(whose_methods_have_no_key_gives_them_all_again)
{
    client outer(*this);
    BOOST_TEST(outer.interactive("alice", {"right", code()}) == verdict::granted);
    client inner(*this, "192.0.2.7", server::jump_facts{"alice", "web1", 22});
    BOOST_TEST(inner.password("root", "right") == verdict::refused);
    BOOST_TEST(inner.interactive("root", {"right"}) == verdict::refused);
    BOOST_TEST(inner.interactive("root", {"right", ""}) == verdict::refused);
    BOOST_TEST(inner.interactive("root", {"right", code()}) == verdict::refused);
    BOOST_TEST(why() == "a verification code that was used before");
    BOOST_TEST(inner.interactive("root", {"right", code(1)}) == verdict::granted);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(
    logging_in_by_certificate, with_authority, *verbatim::test::needs_ssh_keygen)

BOOST_AUTO_TEST_CASE(one_of_several_users_is_whom_the_name_says)
{
    methods("publickey");
    const auto both = by_ca("-n both");
    client one(*this);
    BOOST_TEST(one.key("root@web1", both) == verdict::refused);
    BOOST_TEST(why().starts_with("a certificate of several users"));
    BOOST_TEST(one.key("carol/root@web1", both) == verdict::refused);
    BOOST_TEST(one.key("bob/root@web1", both) == verdict::granted);
    BOOST_TEST(one.facts.user == "bob");
    client other(*this);
    BOOST_TEST(other.key("bob/root@web1", by_ca("-n alice")) == verdict::refused);
    BOOST_TEST(other.key("alice", both) == verdict::granted);
    BOOST_TEST(other.facts.user == "alice");
}

BOOST_AUTO_TEST_CASE(one_for_another_address_is_none)
{
    methods("publickey");
    const auto there = by_ca("-n alice -O source-address=198.51.100.0/24");
    client one(*this);
    BOOST_TEST(one.key("root@web1", there) == verdict::refused);
    BOOST_TEST(why().starts_with("a certificate that is not for this address"));
    client other(*this, "198.51.100.9");
    BOOST_TEST(other.key("root@web1", there) == verdict::granted);
    client mapped(*this, "[::ffff:198.51.100.9]");
    BOOST_TEST(mapped.key("root@web1", there) == verdict::granted);
}

BOOST_AUTO_TEST_CASE(a_second_certificate_takes_away_no_limit_of_the_first)
{
    methods("'publickey,publickey'");
    const auto narrow = by_ca("-n alice -O force-command=date -O no-port-forwarding "
                              "-O no-agent-forwarding -O no-x11-forwarding -V 20260301:20260303");
    const auto wide = by_ca("-n alice", "second");
    for (const bool narrow_first : {true, false}) {
        client one(*this);
        BOOST_TEST(one.key("root@web1", narrow_first ? narrow : wide) == verdict::partly);
        BOOST_TEST(one.key("root@web1", narrow_first ? wide : narrow) == verdict::granted);
        const auto& limits = one.facts.certificate;
        BOOST_TEST(limits.force_command == "date");
        BOOST_TEST((!limits.port_forwarding && !limits.agent_forwarding && !limits.x11_forwarding));
        BOOST_REQUIRE(one.facts.certificate_expires);
        BOOST_TEST((*one.facts.certificate_expires < time.wall_now() + std::chrono::hours(24 * 2)));
    }
}

BOOST_AUTO_TEST_CASE(two_certificates_for_different_commands_are_no_login)
{
    methods("'publickey,publickey'");
    client one(*this);
    BOOST_TEST(one.key("root@web1", by_ca("-n alice -O force-command=date")) == verdict::partly);
    BOOST_TEST(
        one.key("root@web1", by_ca("-n alice -O force-command=id", "second")) == verdict::refused);
    BOOST_TEST(why() == "a certificate for another command than the one before");
    BOOST_TEST(one.key("root@web1", by_ca("-n alice -O force-command=date", "second")) ==
               verdict::granted);
}

BOOST_AUTO_TEST_CASE(a_certificate_and_its_own_key_are_one)
{
    methods("'publickey,publickey'");
    client one(*this);
    BOOST_TEST(one.key("root@web1", by_ca("-n alice -z 1")) == verdict::partly);
    BOOST_TEST(one.key("root@web1", by_ca("-n alice -z 2")) == verdict::refused);
    BOOST_TEST(why() == "a key that was used in this login before");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(logging_in_by_security_key, login_fixture)

BOOST_AUTO_TEST_CASE(its_device_must_have_been_touched_and_have_known_its_user_where_that_is_asked)
{
    const auto plain = sk_line('p'), strict = sk_line('v'), lax = sk_line('l');
    configure("- {name: alice, roles: [r], authorized_keys: ['" + plain + "', 'verify-required " +
                  strict + "', 'no-touch-required " + lax + "']}\n",
        "authentication_methods: [publickey]");
    const auto may = [&](const std::string& line, bool touched, bool verified) {
        client one(*this);
        return one.key("root@web1", line, touched, verified) == verdict::granted;
    };
    BOOST_TEST(may(plain, true, false));
    BOOST_TEST(may(plain, true, true));
    BOOST_TEST(!may(plain, false, false));
    BOOST_TEST(!may(plain, false, true));
    BOOST_TEST(why() == "a security key that nobody touched");
    BOOST_TEST(may(strict, true, true));
    BOOST_TEST(!may(strict, true, false));
    BOOST_TEST(why() == "a security key that did not verify its user");
    BOOST_TEST(!may(strict, false, true));
    BOOST_TEST(may(lax, false, false));
    client silent(*this);
    BOOST_TEST(silent.key("root@web1", lax) == verdict::refused);
    BOOST_TEST(why() == "a security key that says nothing of its user");
}

BOOST_AUTO_TEST_CASE(a_role_may_ask_every_device_to_know_its_user)
{
    const auto lax = sk_line('l');
    configure(
        "- {name: alice, roles: [r, strict], authorized_keys: ['no-touch-required " + lax + "']}\n",
        "authentication_methods: [publickey]",
        "- {name: strict, options: {verify_required: true}}\n");
    client one(*this);
    BOOST_TEST(one.key("root@web1", lax, true, false) == verdict::refused);
    BOOST_TEST(one.key("root@web1", lax, false, true) == verdict::granted);
}

BOOST_AUTO_TEST_SUITE_END()
