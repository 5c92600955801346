#include <verbatim/config/kubeconfig.hpp>

#include "config/server_url.hpp"
#include "unit/ssh/scratch_directory.hpp"

#include <verbatim/base/text.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdlib>

using namespace verbatim;
using namespace verbatim::config;
using verbatim::test::scratch_directory;

namespace {

std::string one(const std::string& cluster, const std::string& user)
{
    return "apiVersion: v1\nkind: Config\npreferences: {}\ncurrent-context: c\n"
           "contexts: [{name: c, context: {cluster: k, user: u, namespace: n}}]\n"
           "clusters: [{name: k, cluster: {" +
           cluster + "}}]\nusers: [{name: u, user: {" + user + "}}]\n";
}

std::string problem_of(const std::string& text)
{
    const auto read = read_kubeconfig_text(text, "/e/k.conf");
    return read.problems.empty() ? "" : to_string(read.problems.front());
}

std::string url(std::string_view text)
{
    std::string why;
    const auto read = parse_server_url(text, why);
    return read ? (read->tls ? "tls " : "plain ") + read->host + ' ' + std::to_string(read->port) +
                      ' ' + read->path
                : why;
}

} // namespace

BOOST_AUTO_TEST_SUITE(config_kubeconfig)

BOOST_AUTO_TEST_CASE(what_kubectl_writes_is_read)
{
    const auto data = to_base64(as_bytes("PEM\n"));
    const auto read = read_kubeconfig_text(
        one("server: 'https://10.0.0.1:6443/k8s/clusters/c-1/', certificate-authority-data: " +
                data + ", tls-server-name: kubernetes",
            "client-certificate-data: " + data + ", client-key-data: " + data + ", token: abc"),
        "/e/k.conf");
    for (const auto& problem : read.problems) BOOST_ERROR(to_string(problem));
    const auto& value = read.value;
    BOOST_TEST(value.tls);
    BOOST_TEST(value.host == "10.0.0.1");
    BOOST_TEST(value.port == 6443);
    BOOST_TEST(value.path_prefix == "/k8s/clusters/c-1");
    BOOST_TEST(value.server_name == "kubernetes");
    BOOST_TEST(value.ca == "PEM\n");
    BOOST_TEST(value.certificate == "PEM\n");
    BOOST_TEST(value.private_key.reveal() == "PEM\n");
    BOOST_TEST(value.token.reveal() == "abc");
    BOOST_TEST(value.verify);
}

BOOST_AUTO_TEST_CASE(paths_start_at_the_file)
{
    const scratch_directory scratch;
    scratch.put("ca.crt", "CA");
    scratch.put("me.crt", "CERT");
    scratch.put("me.key", "KEY");
    const auto file = scratch.put(
        "k.conf", one("server: https://api.example.com, certificate-authority: ca.crt",
                      "client-certificate: me.crt, client-key: " + (scratch / "me.key").string() +
                          ", tokenFile: sub/token"));
    const auto read = read_kubeconfig(file);
    for (const auto& problem : read.problems) BOOST_ERROR(to_string(problem));
    BOOST_TEST(read.value.ca == "CA");
    BOOST_TEST(read.value.certificate == "CERT");
    BOOST_TEST(read.value.private_key.reveal() == "KEY");
    BOOST_TEST(read.value.token_file == scratch / "sub/token");
    BOOST_TEST(read.value.port == 443);
    BOOST_TEST(read.value.server_name == "api.example.com");
    BOOST_TEST(read_kubeconfig(scratch / "none").problems.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_single_context_needs_no_name_and_json_is_yaml)
{
    const std::string json =
        R"({"contexts": [{"name": "x", "context": {"cluster": "k", "user": ""}}],
            "clusters": [{"name": "k", "cluster": {"server": "http://[::1]:8080", "x": {"y": 1}}}]})";
    const auto read = read_kubeconfig_text(json, "k");
    for (const auto& problem : read.problems) BOOST_ERROR(to_string(problem));
    BOOST_TEST(!read.value.tls);
    BOOST_TEST(read.value.host == "::1");
}

BOOST_AUTO_TEST_CASE(each_fault_is_named_with_its_line)
{
    const std::string server = "server: https://h";
    const std::pair<std::string, std::string> table[] = {
        {"", "/e/k.conf: not a kubeconfig"},
        {"[]", "not a kubeconfig"},
        {"{", "not YAML"},
        {"clusters: []", "`current-context` must say"},
        {"current-context: x\ncontexts: []", "/e/k.conf:2: there is no context 'x' in `contexts`"},
        {"current-context: x\ncontexts: [{name: x, context: {cluster: c}}]",
            "there is no cluster 'c' in `clusters`"},
        {one("x: y", ""), "server: '' is not a URL"},
        {one("server: h", ""), "/e/k.conf:6: server: 'h' is not a URL such as https://"},
        {one(server + ", proxy-url: 'socks5://x'", ""), "proxy-url: the proxy reaches clusters"},
        {one(server + ", certificate-authority-data: '*'", ""), "not base64"},
        {one(server + ", certificate-authority: none", ""),
            "certificate-authority: /e/none cannot"},
        {one(server + ", insecure-skip-tls-verify: maybe", ""), "neither true nor false"},
        {one(server + ", insecure-skip-tls-verify: true, certificate-authority-data: QQ==", ""),
            "exclude each other"},
        {one(server, "exec: {command: aws}"), "/e/k.conf:7: exec: the proxy runs no programs"},
        {one(server, "auth-provider: {name: gcp}"), "auth-provider: the proxy runs no programs"},
        {one(server, "username: a, password: b"), "basic authentication"},
        {one(server, "as: admin"), "as: whom the proxy acts for"},
        {one(server, "client-key-data: QQ=="), "are needed both"},
        {one(server, "token: 'a b'"), "a token has no spaces"},
        {one(server, "token: [a]"), "a single value is needed"},
        {one("server: http://h", "token: a"), "a token is not sent over http://"},
    };
    for (const auto& [text, expected] : table) {
        const auto found = problem_of(text);
        BOOST_TEST(found.find(expected) != std::string::npos, expected << " but: " << found);
    }
    BOOST_TEST(problem_of(one(server, "token: a, exec: null")) == "");
    BOOST_TEST(problem_of(one(server + ", insecure-skip-tls-verify: true", "")) == "");
}

BOOST_AUTO_TEST_CASE(urls_are_taken_apart)
{
    BOOST_TEST(url("https://h") == "tls h 443 ");
    BOOST_TEST(url("http://h/") == "plain h 80 ");
    BOOST_TEST(url("https://h:22/a/b%20c//") == "tls h 22 /a/b%20c");
    BOOST_TEST(url("https://[fd00::1]") == "tls fd00::1 443 ");
    BOOST_TEST(url("https://[fd00::1]:22") == "tls fd00::1 22 ");
    for (const auto* bad :
        {"", "h", "ftp://h", "https://", "https://h:0", "https://h:x", "https://h:65536",
            "https://u@h", "https://h/?q", "https://h/#f", "https://h/a b", "https://h/../x",
            "https://h/a//b", "https://fd00::1", "https://h /", "https:///x", "https://h/\r\nX: y"})
        BOOST_TEST(url(bad).find('\'') != std::string::npos, bad << " is " << url(bad));
}

BOOST_AUTO_TEST_CASE(in_a_pod_the_service_account_is_used)
{
    const scratch_directory scratch;
    scratch.put("ca.crt", "CA");
    ::unsetenv("KUBERNETES_SERVICE_HOST");
    BOOST_TEST(in_cluster_kubeconfig(scratch.path()).problems.size() == 1u);
    ::setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
    ::setenv("KUBERNETES_SERVICE_PORT", "6443", 1);
    const auto read = in_cluster_kubeconfig(scratch.path());
    for (const auto& problem : read.problems) BOOST_ERROR(to_string(problem));
    BOOST_TEST(read.value.host == "fd00::1");
    BOOST_TEST(read.value.port == 6443);
    BOOST_TEST(read.value.ca == "CA");
    BOOST_TEST(read.value.token_file == scratch / "token");
    BOOST_TEST(in_cluster_kubeconfig(scratch / "none").problems.size() == 1u);
    ::unsetenv("KUBERNETES_SERVICE_HOST");
    ::unsetenv("KUBERNETES_SERVICE_PORT");
}

BOOST_AUTO_TEST_SUITE_END()
