#include <verbatim/wire/kube_request.hpp>

#include <boost/test/unit_test.hpp>

namespace {

using namespace verbatim;
using namespace verbatim::wire;
using std::string_literals::operator""s;
using strings = std::vector<std::string>;

const error_code malformed = errc::malformed;

kube_request judge(std::string_view path)
{
    auto request = parse_kube_path(path);
    BOOST_REQUIRE_MESSAGE(request, path);
    return *request;
}

// "group/version namespace resource name subresource", "-" for what is empty.
std::string shape(std::string_view path)
{
    const auto request = judge(path);
    if (!request.is_resource) return "none";
    const auto or_dash = [](const std::string& part) { return part.empty() ? "-" : part; };
    return request.group_version() + " " + or_dash(request.name_space) + " " + request.resource +
           " " + or_dash(request.name) + " " + or_dash(request.subresource);
}

kube_query query(std::string_view text)
{
    auto parsed = kube_query::parse(text);
    BOOST_REQUIRE_MESSAGE(parsed, text);
    return *parsed;
}

} // namespace

BOOST_AUTO_TEST_SUITE(kube_paths)

BOOST_AUTO_TEST_CASE(resources_are_named_as_by_the_server)
{
    BOOST_TEST(shape("/api/v1/pods") == "core/v1 - pods - -");
    BOOST_TEST(shape("/api/v1/namespaces/default/pods") == "core/v1 default pods - -");
    BOOST_TEST(shape("/api/v1/namespaces/default/pods/bb") == "core/v1 default pods bb -");
    BOOST_TEST(shape("/api/v1/namespaces/default/pods/bb/log") == "core/v1 default pods bb log");
    BOOST_TEST(shape("/api/v1/nodes/n1/status") == "core/v1 - nodes n1 status");
    BOOST_TEST(
        shape("/apis/apps/v1/namespaces/x/deployments/d/scale") == "apps/v1 x deployments d scale");
    BOOST_TEST(shape("/apis/rbac.authorization.k8s.io/v1/clusterroles") ==
               "rbac.authorization.k8s.io/v1 - clusterroles - -");
    BOOST_TEST(shape("/api/v1/watch/namespaces/x/pods/bb") == "core/v1 x pods bb -");
    BOOST_TEST((judge("/api/v1/watch/pods").watched && !judge("/api/v1/pods").watched));
    BOOST_TEST(judge("/apis/apps/v1/watch/deployments").watched);
}

BOOST_AUTO_TEST_CASE(a_namespace_is_a_resource_itself)
{
    BOOST_TEST(shape("/api/v1/namespaces") == "core/v1 - namespaces - -");
    BOOST_TEST(shape("/api/v1/namespaces/") == "core/v1 - namespaces - -");
    BOOST_TEST(shape("/api/v1/namespaces/foo") == "core/v1 foo namespaces foo -");
    BOOST_TEST(shape("/api/v1/namespaces/foo/status") == "core/v1 foo namespaces foo status");
    BOOST_TEST(shape("/api/v1/namespaces/foo/finalize") == "core/v1 foo namespaces foo finalize");
    BOOST_TEST(shape("/api/v1/namespaces/foo/secrets") == "core/v1 foo secrets - -");
    BOOST_TEST(
        shape("/api/v1/namespaces/namespaces/namespaces/x") == "core/v1 namespaces namespaces x -");
}

BOOST_AUTO_TEST_CASE(paths_outside_of_an_api_are_no_resources)
{
    for (const auto* path : {"/", "/version", "/healthz/etcd", "/api", "/api/v1", "/api/v1/",
             "/apis", "/apis/apps", "/apis/apps/v1", "/openapi/v3/apis/apps/v1", "/API/v1/pods"})
        BOOST_TEST(shape(path) == "none");
    BOOST_TEST(judge("/").path == "/");
    BOOST_TEST(judge("/api/v1").api_version == "");
}

BOOST_AUTO_TEST_CASE(what_the_server_decodes_is_decoded)
{
    for (const auto* path :
        {"/api/v1/namespaces/default/pods/bb/exec", "/api/v1/namespaces/default/pods/bb/exec/",
            "/api/v1/namespaces/default/pods/bb/%65xec",
            "/api/v1/namespaces/default/%70ods/bb/exec",
            "/%61pi/v1/n%61mespaces/default/pods/bb/"
            "%65%78%65%63",
            "/api/v1/namespaces/default/pods/b%62/exec/"}) {
        const auto request = judge(path);
        BOOST_TEST(request.path == "/api/v1/namespaces/default/pods/bb/exec");
        BOOST_TEST((upgrade_of(request) == kube_upgrade::exec));
        BOOST_TEST(needs_session(request));
    }
    const auto twice = judge("/api/v1/namespaces/default/pods/bb/%2565xec");
    BOOST_TEST(twice.subresource == "%65xec");
    BOOST_TEST(encode_kube_path(twice.path) == "/api/v1/namespaces/default/pods/bb/%2565xec");
}

BOOST_AUTO_TEST_CASE(what_could_be_read_in_two_ways_is_malformed)
{
    for (const std::string& path : {""s, "api"s, "*"s, "http://x/api"s, "//"s, "//api/v1/pods"s,
             "/api//v1/pods"s, "/api/v1/pods//"s, "/api/v1/./pods"s, "/api/v1/../v1/pods"s,
             "/api/v1/pods/.."s, "/api/v1/%2e%2e/pods"s, "/api/v1/%2E/pods"s, "/api/v1/.%2e/pods"s,
             "/api/v1/pods%2fbb"s, "/api/v1/pods/%2F"s, "/api/v1/pods/%00"s, "/api/v1/pods/%0a"s,
             "/api/v1/pods/%7f"s, "/api/v1/pods/%"s, "/api/v1/pods/%6"s, "/api/v1/pods/%zz"s,
             "/api/v1/pods/%+1"s, "/api/v1/pods/a b"s, "/api/v1/pods/\0"s, "/api/v1/pods/\xc3\xbc"s,
             "/api/v1/pods?x"s, "/api/v1/pods#x"s, "/api/v1/watch"s, "/api/v1/watch/"s,
             "/api/v1/proxy"s, "/apis/apps/v1/watch"s})
        BOOST_TEST((parse_kube_path(path).error() == malformed), path);
}

BOOST_AUTO_TEST_CASE(a_path_is_encoded_anew)
{
    for (const auto* path : {"/", "/api/v1/namespaces/default/pods/bb", "/apis/a/v1/b/c%20d",
             "/apis/a/v1/b/system:x@y", "/apis/a/v1/b/%C3%BC%FF", "/x/$&'()*+,;=:@!~-._",
             "/x/%22%3C%3E%5C%5E%60%7B%7C%7D%25%3F%23%5B%5D"})
        BOOST_TEST(encode_kube_path(judge(path).path) == path);
}

BOOST_AUTO_TEST_CASE(upgrades_that_are_served)
{
    const auto upgrade = [](std::string_view path) { return upgrade_of(judge(path)); };
    const auto pod = "/api/v1/namespaces/x/pods/bb"s;
    BOOST_TEST((upgrade(pod + "/exec") == kube_upgrade::exec));
    BOOST_TEST((upgrade(pod + "/attach") == kube_upgrade::attach));
    BOOST_TEST((upgrade(pod + "/portforward") == kube_upgrade::port_forward));
    for (const std::string& path :
        {pod, pod + "/log", pod + "/proxy", pod + "/proxy/exec", pod + "/Exec", pod + "/exec/more",
            "/api/v1/pods/bb/exec"s, "/api/v1/pods"s, "/"s, "/api/v2/namespaces/x/pods/bb/exec"s,
            "/apis/a/v1/namespaces/x/pods/bb/exec"s, "/api/v1/watch/namespaces/x/pods/bb/exec"s,
            "/api/v1/watch/namespaces/x/pods"s, "/api/v1/proxy/namespaces/x/pods/bb/exec"s,
            "/api/v1/nodes/n/proxy/exec/x/bb/c"s, "/api/v1/namespaces/x/services/s/proxy"s,
            "/apis/subresources.kubevirt.io/v1/namespaces/x/virtualmachineinstances/vm/console"s})
        BOOST_TEST((upgrade(path) == kube_upgrade::refused), path);
}

BOOST_AUTO_TEST_CASE(what_names_a_session_is_never_an_ordinary_request)
{
    const auto needs = [](std::string_view path) { return needs_session(judge(path)); };
    for (const auto* path : {"/api/v1/namespaces/x/pods/bb/exec", "/api/v1/pods/bb/attach",
             "/api/v1/namespaces/x/pods/bb/portforward/more",
             "/api/v1/watch/namespaces/x/pods/bb/exec", "/apis/a/v1/namespaces/x/pods/bb/exec"})
        BOOST_TEST(needs(path), path);
    for (const auto* path : {"/api/v1/namespaces/x/pods/bb", "/api/v1/namespaces/x/pods/exec",
             "/api/v1/namespaces/exec/pods/bb", "/api/v1/namespaces/x/pods/bb/log",
             "/api/v1/namespaces/x/pods/bb/proxy/exec", "/api/v1/nodes/n1", "/exec"})
        BOOST_TEST(!needs(path), path);
}

BOOST_AUTO_TEST_CASE(ways_to_a_kubelet)
{
    for (const auto* path : {"/api/v1/nodes/n1/proxy", "/api/v1/nodes/n1/proxy/",
             "/api/v1/nodes/n1:10250/proxy/exec/x/bb/c", "/api/v1/nodes/https:n1:10250/proxy/run",
             "/api/v1/nodes/https%3An1%3A/pro%78y/pods", "/api/v1/proxy/nodes/n1/exec/x/bb/c",
             "/api/v1/proxy/nodes/n1:10250", "/api/v1/namespaces/x/nodes/n1/proxy/run"}) {
        BOOST_TEST(reaches_kubelet(judge(path)), path);
        BOOST_TEST(needs_session(judge(path)), path);
        BOOST_TEST((upgrade_of(judge(path)) == kube_upgrade::refused), path);
    }
    for (const auto* path : {"/api/v1/nodes/proxy", "/api/v1/nodes/n1", "/api/v1/nodes/n1/status",
             "/api/v1/namespaces/x/pods/nodes/proxy"})
        BOOST_TEST(!reaches_kubelet(judge(path)), path);
}

BOOST_AUTO_TEST_CASE(a_proxied_path_keeps_its_last_slash)
{
    const auto web = judge("/api/v1/namespaces/x/services/http:web:80/proxy/a%20b/c/");
    BOOST_TEST(web.name == "http:web:80");
    BOOST_TEST(web.proxied == "/a b/c/");
    BOOST_TEST(
        encode_kube_path(web.path) == "/api/v1/namespaces/x/services/http:web:80/proxy/a%20b/c/");
    BOOST_TEST(judge("/api/v1/nodes/n1/proxy").proxied == "");
    BOOST_TEST(judge("/api/v1/nodes/n1/proxy/").proxied == "/");
    BOOST_TEST(judge("/api/v1/nodes/n1/proxy/").path == "/api/v1/nodes/n1/proxy/");
    const auto old = judge("/api/v1/proxy/namespaces/x/pods/bb:80/index.html");
    BOOST_TEST(old.subresource == "proxy");
    BOOST_TEST(old.resource == "pods");
    BOOST_TEST(old.name == "bb:80");
    BOOST_TEST(old.proxied == "/index.html");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(kube_queries)

BOOST_AUTO_TEST_CASE(pairs_are_decoded_in_their_order)
{
    const auto exec = query("command=%2Fbin%2Fsh&command=-c&command=echo+a%2Bb%0A&container=c"
                            "&stdin=true&container=d&&=x&bare&=");
    BOOST_TEST(exec.all("command") == (strings{"/bin/sh", "-c", "echo a+b\n"}),
        boost::test_tools::per_element());
    BOOST_TEST(exec.first("container") == "c");
    BOOST_TEST(exec.first("Container") == "");
    BOOST_TEST(exec.first("") == "x");
    BOOST_TEST((exec.has("bare") && !exec.has("tty") && exec.pairs().size() == 9));
    BOOST_TEST(exec.all("tty").empty());
    BOOST_TEST(query("a=b=c").first("a") == "b=c");
    BOOST_TEST(query("").pairs().empty());
}

BOOST_AUTO_TEST_CASE(what_the_server_would_drop_is_malformed)
{
    for (const std::string& text : {"a;b"s, "a=1;tty=true"s, "a=%zz"s, "%z=1"s, "a=%"s, "a=%1"s,
             "a=1&b=%g0"s, "a=b c"s, "a=\0"s, "a=\n"s, "a=\x7f"s, "a=\xc3\xbc"s, "a=1#b"s})
        BOOST_TEST((kube_query::parse(text).error() == malformed), text);
    BOOST_TEST(query("a=1%3Bb").first("a") == "1;b");
}

BOOST_AUTO_TEST_CASE(the_number_of_pairs_has_a_limit)
{
    std::string text = "a";
    for (int i = 1; i < 1024; ++i) text += "&a";
    BOOST_TEST(query(text).pairs().size() == 1024u);
    BOOST_TEST((kube_query::parse(text + "&a").error() == error_code(errc::out_of_range)));
}

BOOST_AUTO_TEST_CASE(booleans_are_those_that_all_readers_agree_on)
{
    const auto flags = query("a=true&b=1&c=T&d=False&e=0&f=f&g=&h=yes&i=tRuE&a=false&j");
    for (const auto* name : {"a", "b", "c", "i"}) BOOST_TEST(*flags.flag(name));
    for (const auto* name : {"d", "e", "missing"}) BOOST_TEST(!*flags.flag(name));
    for (const auto* name : {"f", "g", "h", "j"})
        BOOST_TEST((flags.flag(name).error() == malformed), name);
}

BOOST_AUTO_TEST_CASE(pairs_are_encoded_anew)
{
    auto pairs = query("command=a+b&command=%26%3d%25&x=%C3%BC%00&stdin=1&bare");
    BOOST_TEST(pairs.to_string() == "command=a%20b&command=%26%3D%25&x=%C3%BC%00&stdin=1&bare=");
    BOOST_TEST((query(pairs.to_string()).pairs() == pairs.pairs()));
    pairs.set("command", "ls");
    pairs.add("stdin", "0");
    BOOST_TEST(pairs.to_string() == "x=%C3%BC%00&stdin=1&bare=&command=ls&stdin=0");
}

BOOST_AUTO_TEST_CASE(elements_of_header_lists)
{
    BOOST_TEST(list_has("keep-alive, Upgrade", "upgrade"));
    BOOST_TEST(list_has("Upgrade", "upgrade"));
    BOOST_TEST(list_has(",\tupgrade ,", "Upgrade"));
    BOOST_TEST((!list_has("xupgradex, up grade", "upgrade") && !list_has("", "upgrade")));
    BOOST_TEST((!list_has("", "") && !list_has(",", "")));
    BOOST_TEST(mentions("foo SPDY/3.1 bar", "spdy/3.1"));
    BOOST_TEST(mentions("xUpgradex", "upgrade"));
    BOOST_TEST((!mentions("upgrad", "upgrade") && !mentions("", "upgrade")));
}

BOOST_AUTO_TEST_SUITE_END()
