#include <verbatim/cli/commands.hpp>

#include <verbatim/config/kubeconfig.hpp>
#include <verbatim/config/users_file.hpp>
#include <verbatim/kube/bearer_token.hpp>
#include <verbatim/policy/authorizer.hpp>

#include "unit/ssh/scratch_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace verbatim;
using namespace verbatim::test;

namespace {

struct kubeconfig_fixture {
    scratch_directory scratch;
    std::string out, err;
    std::string kubernetes = "kubernetes: {listen: '0.0.0.0:3026', clusters: ["
                             "{name: prod, kubeconfig: p, labels: {env: prod}, default: true},"
                             "{name: test, kubeconfig: t, labels: {env: test}},"
                             "{name: dark, kubeconfig: d}]}\n";
    std::string public_addr;

    int run(std::vector<std::string> words)
    {
        const auto named = public_addr.empty() ? "" : "public_addr: '" + public_addr + "'\n";
        const auto file = scratch.put("v.yaml",
            "version: 1\ndata_dir: " + (scratch / "data").string() + "\n" + named + kubernetes +
                "roles: [{name: dev, allow: {kubernetes_labels: {env: [prod, test]},"
                " kubernetes_groups: [view]}}, {name: tester, allow: {kubernetes_labels:"
                " {env: test}, kubernetes_users: [tess]}}]\n"
                "users: [{name: alice, roles: [dev]}, {name: tess, roles: [tester]},"
                " {name: idle}]\n");
        std::vector<std::unique_ptr<cli::command>> commands;
        commands.push_back(cli::make_check());
        commands.push_back(cli::make_kubeconfig());
        commands.push_back(cli::make_users());
        words.insert(words.begin(), "verbatim");
        words.insert(words.end(), {"-c", file.string()});
        std::vector<const char*> arguments;
        for (const auto& word : words) arguments.push_back(word.c_str());
        std::istringstream in;
        std::ostringstream to_out, to_err;
        const int code = cli::run_program(
            commands, static_cast<int>(arguments.size()), arguments.data(), in, to_out, to_err);
        out = to_out.str();
        err = to_err.str();
        return code;
    }
    config::kubeconfig read() const
    {
        auto loaded = config::read_kubeconfig_text(out, "out");
        for (const auto& problem : loaded.problems) BOOST_ERROR(config::to_string(problem));
        return std::move(loaded.value);
    }
    bool printed(std::string_view text) const { return out.find(text) != std::string::npos; }
    bool told(std::string_view text) const { return err.find(text) != std::string::npos; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cli_kubeconfig, kubeconfig_fixture)

BOOST_AUTO_TEST_CASE(what_is_printed_can_be_read_and_names_each_cluster)
{
    public_addr = "proxy.example.com:2222";
    BOOST_TEST(run({"kubeconfig", "alice"}) == 0, err);
    const auto read_back = read();
    BOOST_TEST(read_back.host == "proxy.example.com");
    BOOST_TEST(read_back.port == 3026);
    BOOST_TEST(read_back.path_prefix == "");
    BOOST_TEST(read_back.ca.starts_with("-----BEGIN CERTIFICATE"));
    BOOST_TEST(read_back.certificate.starts_with("-----BEGIN CERTIFICATE"));
    BOOST_TEST(read_back.private_key.reveal().starts_with("-----BEGIN PRIVATE KEY"));
    BOOST_TEST(printed("current-context: 'prod'"));
    BOOST_TEST(printed("server: 'https://proxy.example.com:3026/clusters/test'"));
    BOOST_TEST(!printed("dark"));
    BOOST_TEST(err == "");
}

BOOST_AUTO_TEST_CASE(one_cluster_may_be_asked_for)
{
    BOOST_TEST(run({"kubeconfig", "alice", "test"}) == 0, err);
    BOOST_TEST(read().path_prefix == "/clusters/test");
    BOOST_TEST(read().host == "127.0.0.1");
    BOOST_TEST(!printed("prod"));
    BOOST_TEST(run({"kubeconfig", "tess"}) == 0, err);
    BOOST_TEST(printed("current-context: 'test'"));
    public_addr = "fd00::7";
    BOOST_TEST(run({"kubeconfig", "alice", "prod"}) == 0, err);
    BOOST_TEST(printed("'https://[fd00::7]:3026'"));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_one_clear_line)
{
    BOOST_TEST(run({"kubeconfig", "nobody"}) == 1);
    BOOST_TEST(err == "verbatim: there is no user 'nobody'; see `verbatim users list`\n");
    BOOST_TEST(run({"kubeconfig", "idle"}) == 1);
    BOOST_TEST(told("user 'idle' has no roles"));
    BOOST_TEST(run({"kubeconfig", "alice", "dark"}) == 1);
    BOOST_TEST(told("role dev does not allow cluster 'dark'"));
    BOOST_TEST(run({"kubeconfig", "alice", "none"}) == 1);
    BOOST_TEST(told("there is no cluster 'none'"));
    BOOST_TEST(run({"kubeconfig", "alice", "--ttl", "soon"}) == 2);
    BOOST_TEST(run({"kubeconfig", "alice", "--ttl", "10s"}) == 2);
    BOOST_TEST(run({"kubeconfig", "alice", "--ttl", "366d"}) == 2);
    BOOST_TEST(run({"kubeconfig", "alice", "--ttl", "1h", "--token"}) == 2);
    BOOST_TEST(out == "");
    kubernetes = "kubernetes: {listen: ':1'}\n";
    BOOST_TEST(run({"kubeconfig", "alice"}) == 2);
    BOOST_TEST(told("has no clusters"));
    kubernetes.clear();
    BOOST_TEST(run({"kubeconfig", "alice"}) == 2);
    BOOST_TEST(told("has no `kubernetes: {listen: ...}`"));
}

BOOST_AUTO_TEST_CASE(a_token_is_kept_as_a_hash)
{
    BOOST_TEST(run({"users", "add", "bob", "--role", "dev"}) == 0, err);
    BOOST_TEST(run({"kubeconfig", "bob", "--token"}) == 0, err);
    const auto token = read();
    BOOST_TEST(token.certificate == "");
    BOOST_TEST(token.token.reveal().size() == 4u + 64);
    const auto hash = kube::hash_of_token(token.token.reveal());
    const auto kept = contents(scratch / "data/users.yaml");
    BOOST_TEST(kept.find(hash) != std::string::npos);
    BOOST_TEST(kept.find(token.token.reveal()) == std::string::npos);
    const auto loaded = config::load(scratch / "v.yaml");
    BOOST_TEST(
        policy::make_role_authorizer(loaded.value)->user_of_token(hash).value_or("") == "bob");
    BOOST_TEST(run({"kubeconfig", "bob", "--token"}) == 0, err);
    BOOST_TEST(config::load(scratch / "v.yaml").value.users.back().kubernetes_tokens.size() == 2u);
    BOOST_TEST(run({"kubeconfig", "alice", "--token"}) == 0, err);
    BOOST_TEST(told("kubernetes_tokens: [\"" + kube::hash_of_token(read().token.reveal()) + "\"]"));
}

BOOST_AUTO_TEST_CASE(a_configured_certificates_ca_is_handed_on)
{
    scratch.put("ca.crt", "-----BEGIN CERTIFICATE-----\n");
    kubernetes.insert(kubernetes.find("listen"),
        "certificate: c.crt, private_key: c.key, certificate_authority: ca.crt, ");
    BOOST_TEST(run({"kubeconfig", "alice"}) == 0, err);
    BOOST_TEST(read().ca == "-----BEGIN CERTIFICATE-----\n");
    scratch.put("ca.crt", "-----BEGIN PRIVATE KEY-----\n");
    BOOST_TEST(run({"kubeconfig", "alice"}) == 1);
    BOOST_TEST(out == "");
}

BOOST_AUTO_TEST_CASE(check_explains_clusters)
{
    BOOST_TEST(run({"check", "--user", "alice", "--cluster", "prod"}) == 0, err);
    BOOST_TEST(printed("allowed: role dev allows it\n"));
    BOOST_TEST(printed(": role dev allows cluster 'prod' ("));
    BOOST_TEST(printed("\n  as user alice, groups view\n  recording strict, "));
    BOOST_TEST(run({"check", "--user", "tess", "--cluster", "prod"}) == 1);
    BOOST_TEST(printed("denied: role tester does not allow cluster 'prod'"));
    BOOST_TEST(run({"check", "--user", "alice", "--cluster", "none"}) == 2);
    BOOST_TEST(run({"check", "--user", "alice"}) == 2);
    BOOST_TEST(run({"check"}) == 2);
    BOOST_TEST(told((scratch / "p").string() + ": cannot be read"));
}

BOOST_AUTO_TEST_SUITE_END()
