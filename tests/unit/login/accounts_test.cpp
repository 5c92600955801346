#include <verbatim/login/accounts.hpp>

#include <boost/test/unit_test.hpp>

namespace {

using namespace verbatim;
using config::method_lists;

std::shared_ptr<const secret> made(const char* text)
{
    return std::make_shared<const secret>(std::string(text));
}

struct with_users {
    config::settings settings;

    config::user_settings& user(const std::string& name, std::vector<std::string> roles = {})
    {
        config::user_settings made_one;
        made_one.name = name;
        made_one.roles = std::move(roles);
        settings.users.push_back(std::move(made_one));
        return settings.users.back();
    }
    void role(const std::string& name, method_lists methods)
    {
        config::role_settings made_one;
        made_one.name = name;
        made_one.options.authentication_methods = std::move(methods);
        settings.roles.push_back(std::move(made_one));
    }
    bool may_begin(const std::string& name, const std::string& method)
    {
        const login::accounts all(settings);
        return login::progress(all.find(name)->requirements).expects(method);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(accounts, with_users)

BOOST_AUTO_TEST_CASE(a_role_s_methods_stand_in_the_general_ones_place_and_add_up)
{
    role("one", {{"publickey", "password"}});
    role("other", {{"publickey"}});
    role("silent", {});
    user("alice", {"one", "other"}).password_hash = made("hash");
    user("bob", {"silent"});
    const login::accounts all(settings);
    BOOST_TEST(all.find("alice")->requirements.size() == 2u);
    const std::vector<method_lists> general(1, settings.ssh.authentication_methods);
    BOOST_TEST((all.find("bob")->requirements == general));
    BOOST_TEST(!all.find("nobody"));
}

BOOST_AUTO_TEST_CASE(a_role_does_not_take_away_what_another_leaves_to_the_general_methods)
{
    settings.ssh.authentication_methods = {{"publickey", "keyboard-interactive"}};
    role("weak", {{"publickey"}});
    role("silent", {});
    auto& alice = user("alice", {"weak", "silent"});
    alice.password_hash = made("hash");
    user("bob", {"weak"}).password_hash = made("hash");
    const login::accounts all(settings);
    login::progress of(all.find("alice")->requirements);
    of.passed("publickey");
    BOOST_TEST(!of.is_complete());
    of.passed("keyboard-interactive");
    BOOST_TEST(of.is_complete());
    login::progress other(all.find("bob")->requirements);
    other.passed("publickey");
    BOOST_TEST(other.is_complete());
}

BOOST_AUTO_TEST_CASE(inside_a_jump_a_key_proves_the_user_again_where_one_is_asked_for)
{
    const std::vector<method_lists> key{{{"publickey"}}};
    settings.ssh.authentication_methods = {{"password", "publickey"}, {"keyboard-interactive"}};
    auto& alice = user("alice");
    alice.authorized_keys = {"ssh-ed25519 AAAA"};
    alice.password_hash = made("hash");
    BOOST_TEST((login::accounts(settings).find("alice")->requirements_inside == key));
    role("typed", {{"password"}});
    alice.roles = {"typed"};
    BOOST_TEST((login::accounts(settings).find("alice")->requirements_inside ==
                std::vector<method_lists>{{{"password"}}}));
    role("keyed", {{"publickey", "password"}});
    alice.roles = {"typed", "keyed"};
    BOOST_TEST((login::accounts(settings).find("alice")->requirements_inside == key));
}

BOOST_AUTO_TEST_CASE(inside_a_jump_nothing_less_than_all_of_what_has_no_key)
{
    settings.ssh.authentication_methods = {{"password", "keyboard-interactive"}};
    auto& carol = user("carol");
    carol.password_hash = made("hash");
    carol.totp_secret = made("GEZDGNBVGY3TQOJQ");
    carol.authorized_keys = {"ssh-ed25519 AAAA"};
    const std::vector<method_lists> whole(1, settings.ssh.authentication_methods);
    BOOST_TEST((login::accounts(settings).find("carol")->requirements_inside == whole));
}

BOOST_AUTO_TEST_CASE(inside_a_jump_no_key_is_asked_of_who_cannot_have_one)
{
    settings.ssh.authentication_methods = {{"publickey"}, {"keyboard-interactive"}};
    user("typist").password_hash = made("hash");
    const std::vector<method_lists> whole(1, settings.ssh.authentication_methods);
    BOOST_TEST((login::accounts(settings).find("typist")->requirements_inside == whole));
    settings.ssh.trusted_user_ca_keys = {"ssh-ed25519 AAAA"};
    const std::vector<method_lists> key{{{"publickey"}}};
    BOOST_TEST((login::accounts(settings).find("typist")->requirements_inside == key));
    // What nobody can meet outside, nobody can inside.
    role("impossible", {{"password", "keyboard-interactive"}});
    role("keyed", {{"publickey"}});
    settings.users.back().roles = {"impossible", "keyed"};
    const login::accounts all(settings);
    login::progress inside(all.find("typist")->requirements_inside);
    inside.passed("publickey");
    BOOST_TEST(!inside.is_complete());
}

BOOST_AUTO_TEST_CASE(what_a_user_has_no_means_for_is_not_expected)
{
    settings.ssh.authentication_methods = {{"password"}, {"keyboard-interactive"}};
    user("bare");
    user("typist").password_hash = made("hash");
    BOOST_TEST(!may_begin("bare", "password"));
    BOOST_TEST(!may_begin("bare", "keyboard-interactive"));
    BOOST_TEST(may_begin("typist", "password"));
    BOOST_TEST(may_begin("typist", "keyboard-interactive"));
}

BOOST_AUTO_TEST_CASE(who_has_codes_cannot_go_around_them)
{
    settings.ssh.authentication_methods = {{"password"}, {"keyboard-interactive"}};
    auto& carol = user("carol");
    carol.password_hash = made("hash");
    carol.totp_secret = made("GEZDGNBVGY3TQOJQ");
    BOOST_TEST(!may_begin("carol", "password"));
    BOOST_TEST(may_begin("carol", "keyboard-interactive"));
    BOOST_TEST(login::accounts(settings).asks_for_codes());
}

BOOST_AUTO_TEST_CASE(codes_alone_begin_nothing)
{
    settings.ssh.authentication_methods = {
        {"keyboard-interactive"}, {"publickey", "keyboard-interactive"}};
    user("dora").totp_secret = made("GEZDGNBVGY3TQOJQ");
    BOOST_TEST(!may_begin("dora", "keyboard-interactive"));
    BOOST_TEST(may_begin("dora", "publickey"));
}

BOOST_AUTO_TEST_CASE(a_code_after_the_password_needs_a_user_who_has_codes)
{
    settings.ssh.authentication_methods = {{"password", "keyboard-interactive"}};
    user("typist").password_hash = made("hash");
    BOOST_TEST(!may_begin("typist", "password"));
}

BOOST_AUTO_TEST_CASE(everybody_is_offered_the_same)
{
    BOOST_TEST(login::accounts(settings).first_methods().size() == 1u);
    settings.ssh.authentication_methods = {{"publickey"}, {"password"}};
    user("typist").password_hash = made("hash");
    const auto offered = login::accounts(settings).first_methods();
    BOOST_TEST(offered == (std::vector<std::string>{"publickey", "password"}),
        boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(principals_are_the_name_or_what_stands_in_their_place)
{
    user("alice");
    user("bob").principals = {"ops", "bob@example.com"};
    user("carol").principals = {"ops"};
    const login::accounts all(settings);
    BOOST_TEST(all.of_principals({"alice"}).size() == 1u);
    BOOST_TEST(all.of_principals({"bob"}).empty());
    BOOST_TEST(all.of_principals({"ops", "bob@example.com"}).size() == 2u);
    BOOST_TEST(all.of_principals({}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
