#include <verbatim/policy/authorizer.hpp>

#include <boost/test/unit_test.hpp>

using namespace verbatim;
using namespace verbatim::policy;
using names = std::vector<std::string>;

namespace {

struct cluster_fixture {
    std::unique_ptr<authorizer> policy;
    std::string why;
    std::map<std::string, std::string> labels{{"env", "prod"}};

    void roles(const std::string& list, const std::string& of_user = "r, s")
    {
        auto loaded =
            config::load_text("version: 1\nroles: " + list + "\nusers: [{name: u, roles: [" +
                                  of_user + "]}, {name: idle}]\n",
                "v.yaml");
        for (const auto& problem : loaded.problems) BOOST_ERROR(config::to_string(problem));
        policy = make_role_authorizer(loaded.value);
    }
    result<kubernetes_grant> ask(const std::string& user = "u")
    {
        return policy->authorize_kubernetes(user, "prod", labels, why);
    }
};

const std::string nothing_more = ", {name: s}]";

} // namespace

BOOST_FIXTURE_TEST_CASE(a_role_gives_its_groups_under_the_users_own_name, cluster_fixture)
{
    roles(
        "[{name: r, allow: {kubernetes_labels: {env: prod}, kubernetes_groups: [a, b]}},"
        " {name: s, allow: {kubernetes_labels: {env: 'p*'}, kubernetes_groups: [b, 'system:c']}}]");
    const auto given = ask();
    BOOST_REQUIRE(given.has_value());
    BOOST_TEST(given->user == "u");
    BOOST_TEST(given->as_user == "u");
    BOOST_TEST(given->as_groups == (names{"a", "b", "system:c"}), boost::test_tools::per_element());
    BOOST_TEST(given->roles == (names{"r", "s"}), boost::test_tools::per_element());
    BOOST_TEST(given->strict_recording);
    BOOST_TEST(given->record_port_forward);
    BOOST_TEST(why == "roles r, s allow it");
}

BOOST_FIXTURE_TEST_CASE(roles_for_other_clusters_give_nothing, cluster_fixture)
{
    roles("[{name: r, allow: {kubernetes_labels: {env: prod}, kubernetes_groups: [a]}},"
          " {name: s, allow: {kubernetes_labels: {env: test}, kubernetes_groups: [admins],"
          "                   kubernetes_users: [boss]}}]");
    const auto given = ask();
    BOOST_REQUIRE(given.has_value());
    BOOST_TEST(given->as_user == "u");
    BOOST_TEST(given->as_groups == names{"a"}, boost::test_tools::per_element());
    labels["env"] = "staging";
    BOOST_TEST(!ask().has_value());
    BOOST_TEST(why == "role r does not allow cluster 'prod'; role s does not allow cluster 'prod'");
}

BOOST_FIXTURE_TEST_CASE(targets_hold_for_clusters_only_without_labels_for_them, cluster_fixture)
{
    roles("[{name: r, allow: {targets: {'*': '*'}, kubernetes_groups: [a]}}" + nothing_more);
    BOOST_TEST(ask().has_value());
    roles("[{name: r, allow: {targets: {'*': '*'}, kubernetes_labels: {env: test},"
          " kubernetes_groups: [a]}}" +
          nothing_more);
    BOOST_TEST(!ask().has_value());
    roles("[{name: r, allow: {logins: [root], targets: {'*': '*'}}}" + nothing_more);
    BOOST_TEST(!ask().has_value());
    BOOST_TEST(why == "role r names neither kubernetes_groups nor kubernetes_users; "
                      "role s does not allow cluster 'prod'");
}

BOOST_FIXTURE_TEST_CASE(one_name_is_taken_and_several_are_not_chosen_from, cluster_fixture)
{
    roles("[{name: r, allow: {targets: {'*': '*'}, kubernetes_users: ['system:admin']}}" +
          nothing_more);
    BOOST_TEST(ask()->as_user == "system:admin");
    BOOST_TEST(ask()->as_groups.empty());
    roles("[{name: r, allow: {targets: {'*': '*'}, kubernetes_users: [x]}},"
          " {name: s, allow: {targets: {'*': '*'}, kubernetes_users: [x]}}]");
    BOOST_TEST(ask()->as_user == "x");
    roles("[{name: r, allow: {targets: {'*': '*'}, kubernetes_users: [x]}},"
          " {name: s, allow: {targets: {'*': '*'}, kubernetes_users: [y]}}]");
    BOOST_TEST(ask()->as_user == "u");
}

BOOST_FIXTURE_TEST_CASE(any_deny_wins, cluster_fixture)
{
    const std::string all = "[{name: r, allow: {targets: {'*': '*'}, kubernetes_groups: [a, b],"
                            " kubernetes_users: [x]}}, {name: s, deny: ";
    roles(all + "{kubernetes_labels: {env: 'pr*'}}}]");
    BOOST_TEST(!ask().has_value());
    BOOST_TEST(why == "role s denies cluster 'prod'");
    roles(all + "{targets: {env: prod}}}]");
    BOOST_TEST(!ask().has_value());
    roles(all + "{targets: {env: prod}, kubernetes_labels: {env: test}}}]");
    BOOST_TEST(ask().has_value());
    roles(all + "{kubernetes_groups: ['?']}}]");
    BOOST_TEST(ask()->as_groups.empty());
    roles(all + "{kubernetes_groups: ['*'], kubernetes_users: [x]}}]");
    BOOST_TEST(!ask().has_value());
    roles(all + "{kubernetes_users: [x]}}]");
    BOOST_TEST(ask()->as_user == "u");
    roles(all + "{kubernetes_users: ['*']}}]");
    BOOST_TEST(!ask().has_value());
    BOOST_TEST(why == "role s denies the name 'u'");
}

BOOST_FIXTURE_TEST_CASE(nobody_and_users_without_roles_get_nowhere, cluster_fixture)
{
    roles("[{name: r, allow: {targets: {'*': '*'}, kubernetes_groups: [a]}}" + nothing_more);
    for (const auto* user : {"", "idle", "nobody", "system:admin"})
        BOOST_TEST(!ask(user).has_value());
    BOOST_TEST(policy->has_user("u"));
    BOOST_TEST(!policy->has_user(""));
    BOOST_TEST(!policy->has_user("nobody"));
}

BOOST_FIXTURE_TEST_CASE(the_stricter_option_wins, cluster_fixture)
{
    const std::string allow = "allow: {targets: {'*': '*'}, kubernetes_groups: [a]}";
    const std::string off = ", options: {record_port_forward: off}}";
    roles("[{name: r, " + allow + off + ", {name: s, " + allow + "}]");
    BOOST_TEST(ask()->record_port_forward);
    roles("[{name: r, " + allow + off + ", {name: s, " + allow + off + "]");
    BOOST_TEST(!ask()->record_port_forward);
    roles("[{name: r, " + allow + off + ", {name: s}]");
    BOOST_TEST(!ask()->record_port_forward);
}

BOOST_AUTO_TEST_CASE(a_tokens_hash_names_its_user)
{
    const std::string hash = "sha256:" + std::string(64, 'a');
    auto loaded = config::load_text(
        "version: 1\nusers: [{name: u, kubernetes_tokens: ['" + hash + "']}]\n", "v.yaml");
    BOOST_TEST(loaded.problems.empty());
    const auto policy = make_role_authorizer(loaded.value);
    BOOST_TEST(policy->user_of_token(hash).value_or("") == "u");
    BOOST_TEST(!policy->user_of_token("sha256:" + std::string(64, 'b')));
    BOOST_TEST(!policy->user_of_token(""));
    BOOST_TEST(!policy->user_of_token(std::string(64, 'a')));
}

BOOST_FIXTURE_TEST_CASE(limits_of_the_allowing_roles_hold_at_clusters, cluster_fixture)
{
    const std::string allow = "allow: {kubernetes_labels: {env: prod}, kubernetes_groups: [a]}";
    roles("[{name: r, " + allow + ", options: {max_sessions: 4, client_idle_timeout: 5m}}, " +
          "{name: s, options: {max_sessions: 1}}]");
    const auto given = ask();
    BOOST_REQUIRE(given.has_value());
    BOOST_TEST(given->max_sessions == 4u);
    BOOST_TEST(given->client_idle_timeout.count() == 300);
}
