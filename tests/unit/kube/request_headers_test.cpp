#include "kube/request_headers.hpp"

#include <verbatim/base/text.hpp>

#include <boost/test/unit_test.hpp>

using namespace verbatim;
using namespace verbatim::kube;

namespace {

request_head with(std::initializer_list<std::pair<const char*, std::string>> fields)
{
    request_head head{"GET", "/api", 11, {}};
    for (const auto& [name, value] : fields) head.fields.add(name, value);
    return head;
}

std::string written(const request_head& head)
{
    std::string out;
    for (const auto& [name, value] : head.fields.fields()) out += name + "=" + value + ";";
    return out;
}

// "alice-token?" needs - or _ in base64url
const std::string prefix = "base64url.bearer.authorization.k8s.io.";

} // namespace

BOOST_AUTO_TEST_SUITE(kube_request_headers)

BOOST_AUTO_TEST_CASE(what_says_who_the_client_is_goes_and_the_rest_stays)
{
    auto head = with({{"Host", "proxy"}, {"authorization", "Bearer x"}, {"Accept", "a/b"},
        {"IMPERSONATE-User", "root"}, {"impersonate-extra-Foo%2f", "1"}, {"Impersonate-Group", "g"},
        {"X-Remote-User", "root"}, {"x-remote-extra-a", "1"}, {"Proxy-Authorization", "x"},
        {"Cookie", "a"}, {"Forwarded", "for=x"}, {"X-Forwarded-For", "1"}, {"X-Real-IP", "1"},
        {"Audit-ID", "mine"}, {"TE", "trailers"}, {"Trailer", "a"}, {"Keep-Alive", "1"},
        {"Transfer-Encoding", "chunked"}, {"Expect", "100-continue"}, {"Upgrade", "h2c"},
        {"Connection", "close"}, {"If-None-Match", "e"}, {"Content-Length", "3"},
        {"Kubectl-Command", "kubectl get"}});
    strip(head);
    BOOST_TEST(written(head) == "Accept=a/b;If-None-Match=e;Content-Length=3;"
                                "Kubectl-Command=kubectl get;");
}

BOOST_AUTO_TEST_CASE(what_connection_names_goes_but_cannot_take_the_bodys_length_along)
{
    auto head = with({{"Connection", "x-hop, ,CONTENT-LENGTH"}, {"X-Hop", "1"},
        {"connection", "X-Other"}, {"x-other", "1"}, {"Content-Length", "3"}});
    strip(head);
    BOOST_TEST(written(head) == "Content-Length=3;");
}

BOOST_AUTO_TEST_CASE(connection_cannot_take_our_own_headers_away)
{
    auto head = with({{"Connection", "Impersonate-User, Impersonate-Group, Audit-ID"},
        {"Impersonate-User", "root"}});
    strip(head);
    BOOST_REQUIRE(impersonate(head, {nullptr, "alice", {"dev"}, ""}, {}).has_value());
    BOOST_TEST(written(head) == "Impersonate-User=alice;Impersonate-Group=dev;");
}

BOOST_AUTO_TEST_CASE(the_tokens_sub_protocol_goes_wherever_it_stands)
{
    auto head = with({{"Sec-WebSocket-Protocol", prefix + "YQ, v4.channel.k8s.io"},
        {"sec-websocket-protocol", "v5.channel.k8s.io ,\t" + prefix + "YQ"}});
    strip(head);
    BOOST_TEST(written(head) == "Sec-WebSocket-Protocol=v4.channel.k8s.io, v5.channel.k8s.io;");
    auto alone = with({{"Sec-WebSocket-Protocol", prefix + "YQ"}});
    strip(alone);
    BOOST_TEST(written(alone).empty());
}

BOOST_AUTO_TEST_CASE(the_user_is_said_with_all_that_belongs_to_it)
{
    auto head = with({});
    request_facts facts;
    facts.id = session_id::random();
    facts.audit_id = "a-1";
    BOOST_REQUIRE(
        impersonate(head, {nullptr, "a%20b@x", {"g 1", "g,2"}, "uid"}, facts).has_value());
    BOOST_TEST(
        written(head) == "Impersonate-User=a%20b@x;Impersonate-Group=g 1;Impersonate-Group=g,2;"
                         "Impersonate-Uid=uid;Impersonate-Extra-session-id=" +
                             facts.id.to_string() + ";Audit-ID=a-1;");
}

BOOST_AUTO_TEST_CASE(a_user_or_group_that_would_arrive_as_another_is_refused)
{
    for (const std::string& bad : {std::string(), std::string(" "), std::string(" a"),
             std::string("a\t"), std::string("a\r\nImpersonate-Group: system:masters"),
             std::string("a\0b", 3), std::string("a\x7f")}) {
        request_head head;
        BOOST_TEST(!impersonate(head, {nullptr, bad, {}, ""}, {}).has_value());
        BOOST_TEST(!impersonate(head, {nullptr, "a", {bad}, ""}, {}).has_value());
        if (!bad.empty()) BOOST_TEST(!impersonate(head, {nullptr, "a", {}, bad}, {}).has_value());
    }
}

BOOST_AUTO_TEST_CASE(asking_for_impersonation_is_seen_in_any_case)
{
    BOOST_TEST(asks_impersonation(with({{"iMPERSONATE-uSER", "x"}})));
    BOOST_TEST(asks_impersonation(with({{"Impersonate-Extra-a", ""}})));
    BOOST_TEST(!asks_impersonation(with({{"X-Impersonate", "x"}})));
}

BOOST_AUTO_TEST_CASE(the_token_is_found_where_clients_put_it)
{
    BOOST_TEST(bearer_of(with({}))->empty());
    BOOST_TEST(*bearer_of(with({{"Authorization", "bearer  abc "}})) == "abc");
    BOOST_TEST(bearer_of(with({{"Authorization", "Basic YQ=="}}))->empty());
    const std::string raw = "\x7e\x7e\x3f~?"; // holds both letters that base64url has of its own
    auto encoded = to_base64(as_bytes(raw));
    for (auto& c : encoded) c = c == '+' ? '-' : c == '/' ? '_' : c;
    while (encoded.ends_with('=')) encoded.pop_back();
    const auto list = prefix + encoded + ", v5.channel.k8s.io";
    BOOST_TEST(*bearer_of(with({{"Sec-WebSocket-Protocol", list}})) == raw);
    BOOST_TEST(*bearer_of(with(
                   {{"Authorization", "Bearer " + raw}, {"Sec-WebSocket-Protocol", list}})) == raw);
}

BOOST_AUTO_TEST_CASE(tokens_that_differ_or_cannot_be_read_are_refused)
{
    const auto protocol = [](const std::string& value) {
        return with({{"Sec-WebSocket-Protocol", prefix + value}});
    };
    BOOST_TEST(!bearer_of(with({{"Authorization", "Bearer a"}, {"Authorization", "Bearer a"}})));
    BOOST_TEST(!bearer_of(with({{"Authorization", "Bearer"}})));
    BOOST_TEST(!bearer_of(with({{"Authorization", "Bearer a b"}})));
    BOOST_TEST(!bearer_of(
        with({{"Authorization", "Bearer b"}, {"Sec-WebSocket-Protocol", prefix + "YQ"}})));
    BOOST_TEST(!bearer_of(protocol("YQ, " + prefix + "Yg")));
    for (const char* bad : {"", "*", "YQ==", "a+b/", "AAAA"}) BOOST_TEST(!bearer_of(protocol(bad)));
}

BOOST_AUTO_TEST_SUITE_END()
