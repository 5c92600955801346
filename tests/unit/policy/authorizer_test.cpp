#include <verbatim/policy/authorizer.hpp>

#include "support/made_keys.hpp"

#include <boost/test/unit_test.hpp>

using namespace verbatim;
using namespace verbatim::policy;
using verbatim::test::ed25519_line;

namespace {

struct fixture {
    config::settings settings;
    std::unique_ptr<authorizer> policy;
    std::string why;

    void build(const std::string& yaml)
    {
        auto loaded = config::load_text("version: 1\n" + yaml, "v.yaml");
        for (const auto& problem : loaded.problems) BOOST_ERROR(config::to_string(problem));
        policy = make_role_authorizer(loaded.value);
    }
    // One user "u" with the given roles, and three targets.
    void roles(const std::string& list, const std::string& names = "r")
    {
        build("roles: " + list + "\nusers: [{name: u, roles: [" + names + "]}]\n" +
              "targets:\n"
              "- {name: web1, address: '10.0.0.1:22', labels: {env: prod, tier: web}}\n"
              "- {name: db1, address: 'db1.example.com', labels: {env: test-2}}\n"
              "- {name: bare, address: '127.0.0.1:2222'}\n"
              "- {name: pinned, address: '10.0.0.9', labels: {env: prod}, host_keys: ['" +
              ed25519_line('h') + "']}\n");
    }
    bool may(const std::string& login, std::string_view target,
        std::optional<std::uint16_t> port = {}, const std::vector<std::string>& resolved = {})
    {
        return policy->authorize("u", login, policy->find_target(target, port), resolved, why)
            .has_value();
    }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(one_role_must_allow_login_and_target_together, fixture)
{
    roles("[{name: r, allow: {logins: [root], targets: {env: prod}}},"
          " {name: s, allow: {logins: [dev], targets: {env: 'test*'}}}]",
        "r, s");
    BOOST_TEST(may("root", "web1"));
    BOOST_TEST(may("dev", "db1"));
    BOOST_TEST(!may("root", "db1"));
    BOOST_TEST(!may("dev", "web1"));
    BOOST_TEST(why == "role r does not allow login 'dev'; role s does not allow target 'web1'");
    BOOST_TEST(!may("ROOT", "web1"));
}

BOOST_FIXTURE_TEST_CASE(labels_are_anded_and_their_values_ored, fixture)
{
    roles("[{name: r, allow: {logins: ['*'], targets: {env: [prod, 'x*'], tier: 'w?b'}}}]");
    BOOST_TEST(may("any", "web1"));
    BOOST_TEST(!may("any", "pinned"));
    BOOST_TEST(!may("any", "bare"));
}

BOOST_FIXTURE_TEST_CASE(the_star_is_every_configured_target_and_no_other, fixture)
{
    roles("[{name: r, allow: {logins: [root], targets: {'*': '*'}}}]");
    for (const char* name : {"web1", "db1", "bare", "pinned"}) BOOST_TEST(may("root", name), name);
    BOOST_TEST(!may("root", "10.0.0.2"));
    BOOST_TEST(!may("root", "web1.example.com"));
    BOOST_TEST(!may("root", "127.0.0.1"));
}

BOOST_FIXTURE_TEST_CASE(no_selector_is_no_target_and_no_role_is_nothing, fixture)
{
    roles("[{name: r, allow: {logins: [root]}}, {name: s, allow: {targets: {'*': '*'}}}]", "r, s");
    BOOST_TEST(!may("root", "web1"));
    roles("[{name: r}]", "");
    BOOST_TEST(!may("root", "web1"));
    BOOST_TEST(why == "user 'u' has no roles");
    BOOST_TEST(!policy->authorize("nobody", "root", policy->find_target("web1", {}), {}, why));
    BOOST_TEST(why == "there is no user 'nobody'");
}

BOOST_FIXTURE_TEST_CASE(any_deny_of_any_role_wins, fixture)
{
    roles("[{name: r, allow: {logins: ['*'], targets: {'*': '*'}, addresses: ['*']}},"
          " {name: s, deny: {logins: ['adm*'], targets: {tier: web}, addresses: [10.9.0.0/16, "
          "'*.evil.com']}}]",
        "r, s");
    BOOST_TEST(may("root", "db1"));
    BOOST_TEST(!may("admin", "db1"));
    BOOST_TEST(why == "role s denies login 'admin'");
    BOOST_TEST(!may("root", "web1"));
    BOOST_TEST(why == "role s denies target 'web1'");
    BOOST_TEST(!may("root", "10.9.1.1"));
    BOOST_TEST(!may("root", "A.Evil.com."));
    BOOST_TEST(!may("root", "host", {}, {"10.8.0.1", "10.9.0.1"}));
    BOOST_TEST(may("root", "host", {}, {"10.8.0.1"}));
}

BOOST_FIXTURE_TEST_CASE(a_denied_target_is_denied_under_its_address_too, fixture)
{
    roles("[{name: r, allow: {logins: ['*'], addresses: ['*', 10.0.0.0/8]}, deny: {targets: {tier: "
          "web}}}]");
    BOOST_TEST(!may("root", "10.0.0.1"));
    BOOST_TEST(!may("root", "10.0.0.1", 2222));
    BOOST_TEST(!may("root", "alias.example.com", {}, {"10.0.0.1"}));
    BOOST_TEST(may("root", "10.0.0.2"));
}

namespace {

// Everything is open by address, nothing by the label "secret".
struct spellings : fixture {
    void open(const std::string& targets, const std::string& more = {})
    {
        build("roles: [{name: r, allow: {logins: [root], targets: {env: test}, addresses: ['*', "
              "0.0.0.0/0, '::/0', '::ffff:0:0/96', '64:ff9b::/96']}" +
              more + "}]\nusers: [{name: u, roles: [r]}]\ntargets:\n" + targets);
    }
    static std::string secret(const std::string& name, const std::string& address)
    {
        return "- {name: " + name + ", address: '" + address + "', labels: {env: secret}}\n";
    }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_configured_name_is_the_same_however_it_is_written, spellings)
{
    open(secret("db", "DB.Internal:22") + secret("Web1", "10.0.0.1") +
         "- {name: web1, address: 10.0.0.2, labels: {env: test}}\n");
    for (const char* name :
        {"DB.Internal", "db.internal", "db.internal.", "DB.INTERNAL.", "DB", "db."}) {
        BOOST_TEST(policy->find_target(name, {}).name == "db", name);
        BOOST_TEST(!may("root", name), name);
        BOOST_TEST(!may("root", name, {}, {"192.0.2.1"}), name);
    }
    BOOST_TEST(may("root", "db.internal.example.com", {}, {"192.0.2.1"}));
    BOOST_TEST(may("root", "db.internal", 2222, {"192.0.2.1"}));
    // The exact one goes before those that are alike.
    BOOST_TEST(policy->find_target("web1", {}).host == "10.0.0.2");
    BOOST_TEST(policy->find_target("Web1", {}).host == "10.0.0.1");
    BOOST_TEST(policy->find_target("WEB1", {}).host == "10.0.0.1");
}

BOOST_FIXTURE_TEST_CASE(a_configured_address_is_the_same_however_it_is_written, spellings)
{
    open(secret("six", "[2001:db8::1]:22") + secret("four", "10.0.0.1") +
         secret("mapped", "[::ffff:10.0.0.2]:22"));
    for (const char* name : {"2001:DB8::1", "2001:db8:0:0:0:0:0:1", "2001:0db8::0001"}) {
        BOOST_TEST(policy->find_target(name, {}).name == "six", name);
        BOOST_TEST(!may("root", name), name);
    }
    for (const char* name : {"::ffff:10.0.0.1", "::FFFF:0a00:1", "64:ff9b::10.0.0.1"}) {
        BOOST_TEST(policy->find_target(name, {}).name == "four", name);
        BOOST_TEST(!may("root", name), name);
    }
    BOOST_TEST(policy->find_target("10.0.0.2", {}).name == "mapped");
    BOOST_TEST(may("root", "2001:db8::2"));
    BOOST_TEST(may("root", "::ffff:10.0.0.3"));
}

BOOST_FIXTURE_TEST_CASE(what_resolves_to_a_configured_endpoint_needs_its_labels_too, spellings)
{
    open(secret("four", "10.0.0.1") + secret("six", "[2001:db8::1]:22") +
         "- {name: open, address: 10.0.0.2, labels: {env: test}}\n");
    for (const char* name : {"alias.example.com", "167772161", "0x0a000001", "10.1"}) {
        BOOST_TEST(may("root", name), name); // not known yet
        BOOST_TEST(!may("root", name, {}, {"10.0.0.1"}), name);
        BOOST_TEST(why == "role r does not allow target '" + std::string(name) +
                              "', which is a configured one, by its labels");
        BOOST_TEST(!may("root", name, {}, {"::ffff:10.0.0.1"}), name);
        BOOST_TEST(!may("root", name, {}, {"192.0.2.1", "2001:db8::1"}), name);
        BOOST_TEST(!may("root", name, {}, {"10.0.0.2", "10.0.0.1"}), name);
        BOOST_TEST(may("root", name, {}, {"10.0.0.2"}), name);
        BOOST_TEST(may("root", name, 2222, {"10.0.0.1"}), name); // another server
    }
}

BOOST_FIXTURE_TEST_CASE(of_two_names_for_one_endpoint_either_will_do, spellings)
{
    open(
        secret("first", "10.0.0.1") + "- {name: second, address: 10.0.0.1, labels: {env: test}}\n");
    BOOST_TEST(!may("root", "first"));
    BOOST_TEST(may("root", "second"));
    BOOST_TEST(may("root", "alias.example.com", {}, {"10.0.0.1"}));
    open(secret("first", "10.0.0.1") + "- {name: second, address: 10.0.0.1, labels: {env: test}}\n",
        ", deny: {targets: {env: secret}}");
    BOOST_TEST(!may("root", "alias.example.com", {}, {"10.0.0.1"}));
    BOOST_TEST(!may("root", "alias.example.com", 2222, {"::ffff:10.0.0.1"}));
}

BOOST_FIXTURE_TEST_CASE(another_port_may_be_another_configured_target, spellings)
{
    open("- {name: open, address: 10.0.0.1, labels: {env: test}, host_keys: ['" +
         ed25519_line('h') + "']}\n" + secret("hidden", "10.0.0.1:2222"));
    BOOST_TEST(may("root", "open"));
    BOOST_TEST(!may("root", "open", 2222));
    BOOST_TEST(policy->find_target("open", 2222).name == "hidden");
    BOOST_TEST(may("root", "open", 2223));
}

BOOST_FIXTURE_TEST_CASE(an_address_in_disguise_is_denied_by_its_range, spellings)
{
    open("- {name: t, address: h}\n", ", deny: {addresses: [10.9.0.0/16]}");
    for (const char* address : {"10.9.0.1", "::ffff:10.9.0.1", "64:ff9b::10.9.0.1"}) {
        BOOST_TEST(!may("root", address), address);
        BOOST_TEST(!may("root", "alias.example.com", {}, {address}), address);
    }
    BOOST_TEST(may("root", "::ffff:10.8.0.1"));
}

BOOST_FIXTURE_TEST_CASE(labels_are_named_where_they_keep_a_configured_endpoint_closed, spellings)
{
    open(secret("four", "10.0.0.1"));
    const auto said =
        policy->opinions("u", "root", policy->find_target("alias.example.com", {}), {"10.0.0.1"});
    BOOST_TEST_REQUIRE(said.size() == 1u);
    BOOST_TEST((said[0].says == role_opinion::verdict::nothing));
    BOOST_TEST(said[0].text.find("allow.targets") != std::string::npos, said[0].text);
}

BOOST_FIXTURE_TEST_CASE(addresses_are_judged_after_resolution_all_of_them, fixture)
{
    roles("[{name: r, allow: {logins: [root], addresses: [10.0.0.0/8, 'fd00::/8', '*.lan']}}]");
    BOOST_TEST(may("root", "10.1.1.1"));
    BOOST_TEST(!may("root", "11.1.1.1"));
    BOOST_TEST(may("root", "fd00::1"));
    BOOST_TEST(may("root", "any.example.com"), "before resolution it may still lie in a range");
    BOOST_TEST(may("root", "any.example.com", {}, {"10.2.2.2", "fd00::2"}));
    BOOST_TEST(!may("root", "any.example.com", {}, {"10.2.2.2", "192.0.2.1"}));
    BOOST_TEST(may("root", "box.lan", {}, {"192.0.2.1"}));
    BOOST_TEST(!may("root", "box.lan", {}, {"what?"}));
    BOOST_TEST(!may("root", "lan.evil", {}, {"192.0.2.1"}));
}

BOOST_FIXTURE_TEST_CASE(addresses_of_this_machine_and_link_need_a_range_of_their_own, fixture)
{
    roles("[{name: r, allow: {logins: [root], addresses: ['*', 0.0.0.0/0, '::/0']}}]");
    BOOST_TEST(may("root", "192.0.2.1"));
    BOOST_TEST(may("root", "2001:db8::1"));
    for (const char* address : {"127.0.0.1", "127.9.9.9", "0.0.0.0", "169.254.169.254", "224.0.0.1",
             "255.255.255.255", "::1", "::", "fe80::1", "ff02::1", "::ffff:192.0.2.1",
             "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"}) {
        BOOST_TEST(!may("root", address), address);
        BOOST_TEST(!may("root", "name.example.com", {}, {address}), address);
    }
    // Spellings that only the resolver understands are judged by what they resolve to.
    BOOST_TEST(!may("root", "2130706433", {}, {"127.0.0.1"}));
    BOOST_TEST(!may("root", "localhost", {}, {"127.0.0.1", "::1"}));

    roles("[{name: r, allow: {logins: [root], addresses: [127.0.0.0/8, '::1']}}]");
    BOOST_TEST(may("root", "127.0.0.1"));
    BOOST_TEST(may("root", "localhost", {}, {"127.0.0.1", "::1"}));
    BOOST_TEST(!may("root", "::ffff:127.0.0.1"));
}

BOOST_FIXTURE_TEST_CASE(a_configured_target_is_found_by_name_and_by_address, fixture)
{
    roles("[{name: r}]");
    BOOST_TEST(policy->find_target("web1", {}).configured);
    BOOST_TEST(policy->find_target("10.0.0.1", {}).name == "web1");
    BOOST_TEST(policy->find_target("10.0.0.1", 22).name == "web1");
    BOOST_TEST(!policy->find_target("127.0.0.1", {}).configured);
    BOOST_TEST(policy->find_target("127.0.0.1", 2222).configured);
    BOOST_TEST(!policy->find_target("other", {}).configured);
    BOOST_TEST(policy->find_target("other", {}).port == 22);
}

BOOST_FIXTURE_TEST_CASE(another_port_is_the_same_target_only_if_its_host_key_proves_it, fixture)
{
    roles("[{name: r, allow: {logins: [root], targets: {'*': '*'}}}]");
    BOOST_TEST(may("root", "web1", 22));
    BOOST_TEST(!may("root", "web1", 2222));
    BOOST_TEST(may("root", "pinned", 2222));
    BOOST_TEST(policy->find_target("pinned", 2222).port == 2222);
    BOOST_TEST(!may("root", "bare", 22));
}

BOOST_FIXTURE_TEST_CASE(a_key_names_its_user_whatever_stands_beside_it, fixture)
{
    build("users: [{name: alice, authorized_keys: ['" + ed25519_line('a') +
          " home']},"
          " {name: bob, authorized_keys: ['" +
          ed25519_line('b') + "']}]\n");
    BOOST_TEST(policy->user_of_key(ed25519_line('a')).value() == "alice");
    BOOST_TEST(policy->user_of_key(ed25519_line('b') + " other").value() == "bob");
    BOOST_TEST(!policy->user_of_key(ed25519_line('c')).has_value());
    BOOST_TEST(!policy->user_of_key("").has_value());
}

BOOST_FIXTURE_TEST_CASE(recording_is_strict_where_anyone_says_so, fixture)
{
    const auto strict = [&](const std::string& global, const std::string& role) {
        build("record_session: " + global +
              "\nroles: [{name: r, allow: {logins: [x], targets: {'*': '*'}}, options: {" + role +
              "}}]\nusers: [{name: u, roles: [r]}]\ntargets: [{name: t, address: h}]\n");
        return policy->authorize("u", "x", policy->find_target("t", {}), {}, why)->strict_recording;
    };
    BOOST_TEST(strict("strict", ""));
    BOOST_TEST(strict("strict", "record_session: best_effort"));
    BOOST_TEST(strict("best_effort", "record_session: strict"));
    BOOST_TEST(!strict("best_effort", "record_session: best_effort"));
    BOOST_TEST(!strict("best_effort", ""));
}

BOOST_FIXTURE_TEST_CASE(a_grant_takes_its_options_from_granting_roles_only, fixture)
{
    roles("[{name: r, allow: {logins: [root], targets: {env: prod}}},"
          " {name: s, allow: {logins: [root], targets: {tier: web}}, options: {forward_agent: "
          "true}}]",
        "r, s");
    const auto both = policy->authorize("u", "root", policy->find_target("web1", {}), {}, why);
    BOOST_TEST(both->agent_forwarding);
    BOOST_TEST(both->roles.size() == 2u);
    BOOST_TEST(why == "roles r, s allow it");
    const auto one = policy->authorize("u", "root", policy->find_target("pinned", {}), {}, why);
    BOOST_TEST(!one->agent_forwarding);
    BOOST_TEST(!one->local_forwarding);
}

namespace {

struct options_fixture : fixture {
    // Two roles that both allow the access, with these options.
    grant sum(const std::string& first, const std::string& second, const std::string& top = {})
    {
        const std::string allow = ", allow: {logins: [x], targets: {'*': '*'}}, options: {";
        build(top + "roles: [{name: r" + allow + first + "}}, {name: s" + allow + second +
              "}}]\nusers: [{name: u, roles: [s, r]}]\ntargets: [{name: t, address: h}]\n");
        return *policy->authorize("u", "x", policy->find_target("t", {}), {}, why);
    }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(what_one_role_permits_is_permitted, options_fixture)
{
    const auto none = sum("", "");
    BOOST_TEST((!none.local_forwarding && !none.remote_forwarding));
    BOOST_TEST((!none.agent_forwarding && !none.x11_forwarding));
    BOOST_TEST(!none.ssh_in_forward);
    BOOST_TEST((none.file_upload && none.file_download));

    const auto some = sum("port_forwarding: true, ssh_port_forwarding: {remote: false}",
        "permit_x11_forwarding: true, port_forwarding: false");
    BOOST_TEST((some.local_forwarding && !some.remote_forwarding));
    BOOST_TEST((some.x11_forwarding && !some.agent_forwarding));
    BOOST_TEST(sum("", "ssh_port_forwarding: {remote: {enabled: true}}").remote_forwarding);
    BOOST_TEST(!sum("port_forwarding: true", "").ssh_in_forward);
    BOOST_TEST(sum("ssh_in_forward: false", "ssh_in_forward: true").ssh_in_forward);
}

BOOST_FIXTURE_TEST_CASE(a_role_that_says_nothing_of_files_does_not_permit_them, options_fixture)
{
    const auto no = sum("file_copy: false", "");
    BOOST_TEST((!no.file_upload && !no.file_download));
    const auto up = sum("file_copy: {download: false}", "file_copy: {upload: true}");
    BOOST_TEST((up.file_upload && !up.file_download));
    const auto both = sum("file_copy: false", "file_copy: true");
    BOOST_TEST((both.file_upload && both.file_download));
}

BOOST_FIXTURE_TEST_CASE(the_smallest_limit_holds, options_fixture)
{
    const auto none = sum("", "max_session_ttl: 0");
    BOOST_TEST(none.max_sessions == 0u);
    BOOST_TEST(none.client_idle_timeout.count() == 0);
    BOOST_TEST(none.max_session_ttl.count() == 0);
    BOOST_TEST(!none.disconnect_expired_cert);
    const auto some = sum("max_sessions: 3, client_idle_timeout: 10m, disconnect_expired_cert: yes",
        "max_sessions: 2, client_idle_timeout: 1h, max_session_ttl: 8h");
    BOOST_TEST(some.max_sessions == 2u);
    BOOST_TEST(some.client_idle_timeout.count() == 600);
    BOOST_TEST(some.max_session_ttl.count() == 8 * 3600);
    BOOST_TEST(some.disconnect_expired_cert);
}

BOOST_FIXTURE_TEST_CASE(input_is_recorded_where_anyone_says_so, options_fixture)
{
    BOOST_TEST(sum("", "").record_input);
    BOOST_TEST(sum("record_input: off", "").record_input);
    BOOST_TEST(!sum("record_input: off", "record_input: off").record_input);
    BOOST_TEST(sum("record_input: off", "record_input: full").record_input);
    BOOST_TEST(!sum("", "", "record_input: off\n").record_input);
    BOOST_TEST(sum("", "record_input: full", "record_input: off\n").record_input);
}

BOOST_FIXTURE_TEST_CASE(the_first_forced_command_of_the_configuration_holds, options_fixture)
{
    BOOST_TEST(sum("", "").force_command.empty());
    BOOST_TEST(sum("", "force_command: uptime").force_command == "uptime");
    BOOST_TEST(sum("force_command: date", "force_command: uptime").force_command == "date");
}

BOOST_FIXTURE_TEST_CASE(reachable_targets_are_those_that_would_be_allowed, fixture)
{
    roles("[{name: r, allow: {logins: [root, dev], targets: {env: '*'}}},"
          " {name: s, deny: {logins: [dev], targets: {tier: web}}}]",
        "r, s");
    const auto list = policy->reachable_targets("u");
    BOOST_TEST_REQUIRE(list.size() == 2u);
    BOOST_TEST(list[0].target == "db1");
    BOOST_TEST(list[0].address == "db1.example.com:22");
    BOOST_TEST(list[0].logins.size() == 1u);
    BOOST_TEST(list[1].target == "pinned");
    BOOST_TEST(policy->reachable_targets("nobody").empty());
}

BOOST_FIXTURE_TEST_CASE(each_role_says_by_which_rule, fixture)
{
    build("roles:\n"
          "- name: r\n"
          "  allow:\n"
          "    logins: [root]\n"
          "    targets: {env: prod}\n"
          "- name: s\n"
          "  deny:\n"
          "    addresses: [10.9.0.0/16]\n"
          "    logins: [bad]\n"
          "users: [{name: u, roles: [r, s]}]\n"
          "targets: [{name: t, address: h, labels: {env: prod}}]\n");
    const auto ask = [&](const std::string& login, std::string_view target) {
        return policy->opinions("u", login, policy->find_target(target, {}), {});
    };
    const auto allowed = ask("root", "t");
    BOOST_TEST_REQUIRE(allowed.size() == 2u);
    BOOST_TEST(allowed[0].line == 3);
    BOOST_TEST((allowed[0].says == role_opinion::verdict::allows));
    BOOST_TEST(allowed[0].text ==
               "allows login 'root' (allow.logins, line 5) at target 't' (allow.targets, line 6)");
    BOOST_TEST((allowed[1].says == role_opinion::verdict::nothing));

    const auto denied = ask("bad", "t");
    BOOST_TEST(denied[0].text == "does not allow login 'bad' (allow.logins, line 5)");
    BOOST_TEST((denied[1].says == role_opinion::verdict::denies));
    BOOST_TEST(denied[1].text == "denies login 'bad' (deny.logins, line 10)");
    BOOST_TEST(
        ask("root", "10.9.1.1")[1].text == "denies target '10.9.1.1' (deny.addresses, line 9)");
    BOOST_TEST(policy->opinions("nobody", "root", policy->find_target("t", {}), {}).empty());
}

BOOST_FIXTURE_TEST_CASE(others_sessions_are_joined_by_role_kind_and_mode, fixture)
{
    build("roles:\n  - {name: a, allow: {join_sessions: [{roles: [dev*], kinds: [ssh], modes: "
          "[observer, peer]}]}}\n  - {name: d, deny: {join_sessions: [{roles: [devops], modes: "
          "[peer]}]}}\n"
          "users: [{name: u, roles: [a, d]}]\n");
    using enum party_mode;
    const auto may = [&](const char* role, session_kind kind, party_mode mode) {
        return policy->may_join("u", {"o", {"other", role}, kind}, mode);
    };
    BOOST_TEST(may("dev", session_kind::ssh, observer));
    BOOST_TEST(may("devel", session_kind::ssh, peer));
    BOOST_TEST(!may("dev", session_kind::ssh, moderator));
    BOOST_TEST(!may("dev", session_kind::kubernetes, observer));
    BOOST_TEST(!may("admin", session_kind::ssh, observer));
    BOOST_TEST(may("devops", session_kind::ssh, observer));
    BOOST_TEST(!may("devops", session_kind::ssh, peer));
    // One's own, but nobody moderates himself.
    BOOST_TEST(policy->may_join("u", {"u", {"a"}, session_kind::kubernetes}, peer));
    BOOST_TEST(!policy->may_join("u", {"u", {"a"}, session_kind::kubernetes}, moderator));
    BOOST_TEST(!policy->may_join("nobody", {"o", {"dev"}, session_kind::ssh}, observer));
}

BOOST_FIXTURE_TEST_CASE(a_session_may_need_others, fixture)
{
    build("roles:\n  - name: a\n    allow:\n      require_session_join:\n"
          "        - {filter: 'contains(user.spec.roles, \"auditor\")', kinds: [ssh], count: 2}\n"
          "        - {filter: 'user.name == \"root\"', modes: [peer], on_leave: pause}\n"
          "  - name: b\n    allow: {require_session_join: [{filter: 'contains(user.roles, "
          "\"lead\")', modes: [observer], on_leave: pause}]}\n"
          "users: [{name: u, roles: [a]}, {name: v, roles: [a, b]}, {name: w, roles: [b]}]\n");
    using enum party_mode;
    using list = std::vector<join_requirements::party>;
    const auto missing = [&](const char* user, session_kind kind, const list& there) {
        return policy->requirements_for(user, kind).missing(there);
    };
    BOOST_TEST(policy->requirements_for("nobody", session_kind::ssh).empty());
    BOOST_TEST(missing("u", session_kind::ssh, {}) ==
               "2 more with the role auditor as moderator, or 1 more for whom user.name == "
               "\"root\" as peer");
    const list one{{"x", {"auditor"}, moderator}}, two{one[0], {"y", {"auditor"}, moderator}};
    const list wrong{{"x", {"auditor"}, observer}, {"y", {"auditor"}, peer}};
    BOOST_TEST(missing("u", session_kind::ssh, one).starts_with("1 more with the role auditor"));
    BOOST_TEST(missing("u", session_kind::ssh, two) == "");
    BOOST_TEST(missing("u", session_kind::ssh, wrong) != "");
    BOOST_TEST(missing("u", session_kind::ssh, {{"root", {}, peer}}) == "");
    BOOST_TEST(missing("u", session_kind::kubernetes, two) != "");
    // Every role wants its own.
    BOOST_TEST(missing("v", session_kind::ssh, two) == "1 more with the role lead as observer");
    BOOST_TEST(missing("v", session_kind::ssh, {two[0], two[1], {"z", {"lead"}, observer}}) == "");
    BOOST_TEST(!policy->requirements_for("v", session_kind::ssh).pause_on_leave());
    BOOST_TEST(policy->requirements_for("w", session_kind::ssh).pause_on_leave());
}

BOOST_FIXTURE_TEST_CASE(rights_over_others_sessions_are_given_and_denied, fixture)
{
    const auto rights = [&](const std::string& first, const std::string& second) {
        build("roles: [{name: r" + first + "}, {name: s" + second +
              "}]\nusers: [{name: u, roles: [r, s]}]\n");
        const auto got = policy->rights_over("u", {"o", {"r"}, session_kind::ssh});
        return std::string(got.list ? "list" : "-") + (got.kill ? "+kill" : "");
    };
    BOOST_TEST(rights("", "") == "-");
    BOOST_TEST(rights(", allow: {sessions: [list]}", "") == "list");
    BOOST_TEST(rights(", allow: {sessions: [kill]}", "") == "list+kill");
    BOOST_TEST(rights(", allow: {join_sessions: [{modes: [observer]}]}", "") == "list");
    BOOST_TEST(rights("", ", allow: {join_sessions: [{modes: [moderator]}]}") == "list+kill");
    BOOST_TEST(rights(", allow: {sessions: [list, kill]}", ", deny: {sessions: [kill]}") == "list");
    BOOST_TEST(rights(", allow: {sessions: [list, kill]}", ", deny: {sessions: [list]}") == "-");
    BOOST_TEST(!policy->rights_over("nobody", {"o", {}, session_kind::ssh}).list);
}
