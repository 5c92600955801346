#include "kube/upgrade.hpp"

#include <verbatim/wire/websocket.hpp>

#include <boost/test/unit_test.hpp>

using namespace verbatim;
using namespace verbatim::kube;
using wire::kube_upgrade;
using wire::remote_command::version;

namespace {

using fields = std::vector<std::pair<std::string, std::string>>;

request_head request(const char* method, const fields& list)
{
    request_head head{method, "/", 11, {}};
    for (const auto& [name, value] : list) head.fields.add(name, value);
    return head;
}

struct judged {
    result<upgrade_offer> offer = errc::closed;
    std::string why;
    std::vector<std::string> accepted;
};
judged judge(const request_head& head, kube_upgrade what = kube_upgrade::exec)
{
    judged out;
    out.offer = judge_upgrade(head, what, out.why, out.accepted);
    return out;
}

judged spdy(const char* method, const std::string& connection, const std::string& upgrade,
    const std::vector<std::string>& versions, kube_upgrade what = kube_upgrade::exec)
{
    fields list{{"Connection", connection}, {"Upgrade", upgrade}, {"Content-Length", "0"}};
    for (const auto& each : versions) list.emplace_back("X-Stream-Protocol-Version", each);
    return judge(request(method, list), what);
}

const std::string key = "dGhlIHNhbXBsZSBub25jZQ==";
judged websocket(const std::string& protocols, kube_upgrade what = kube_upgrade::exec)
{
    fields list{{"Connection", "Upgrade"}, {"Upgrade", "websocket"}, {"Sec-WebSocket-Key", key},
        {"Sec-WebSocket-Version", "13"}};
    if (!protocols.empty()) list.emplace_back("Sec-WebSocket-Protocol", protocols);
    return judge(request("GET", list), what);
}

} // namespace

BOOST_AUTO_TEST_SUITE(kube_upgrade_test)

BOOST_AUTO_TEST_CASE(anything_that_speaks_of_an_upgrade_is_seen)
{
    BOOST_TEST(!asks_for_upgrade(request("GET", {{"Connection", "keep-alive"}})));
    for (const fields& asks : std::vector<fields>{{{"Connection", "xupgradex"}},
             {{"connection", "keep-alive, UPGRADE"}}, {{"Upgrade", ""}}, {{"UPGRADE", "h2c"}}})
        BOOST_TEST(asks_for_upgrade(request("GET", asks)));
}

BOOST_AUTO_TEST_CASE(spdy_in_the_forms_that_are_unambiguous)
{
    for (const char* method : {"GET", "POST"})
        for (const char* connection : {"Upgrade", "upgrade", "keep-alive, Upgrade"})
            for (const char* upgrade : {"SPDY/3.1", "spdy/3.1"}) {
                const auto out = spdy(method, connection, upgrade,
                    {"v5.channel.k8s.io", "v4.channel.k8s.io", "channel.k8s.io"});
                BOOST_REQUIRE(out.offer.has_value());
                BOOST_TEST((out.offer->kind == upgrade_kind::spdy));
                BOOST_TEST((out.offer->protocol == version::v4));
                BOOST_TEST(out.offer->agreed == "v4.channel.k8s.io");
            }
    const auto list = spdy("POST", "Upgrade", "SPDY/3.1", {"v9.channel.k8s.io, v3.channel.k8s.io"});
    BOOST_TEST((list.offer->protocol == version::v3));
}

BOOST_AUTO_TEST_CASE(what_the_api_server_would_take_but_is_ambiguous_is_malformed)
{
    const std::vector<std::string> v4{"v4.channel.k8s.io"};
    for (const auto& [connection, upgrade] :
        fields{{"xupgradex", "SPDY/3.1"}, {"Upgrade", "foo spdy/3.1 bar"}, {"Upgrade", "SPDY/3.1x"},
            {"Upgrade", "SPDY/3.1, websocket"}, {"Upgrade", "SPDY/2"}, {"Upgrade", "h2c"},
            {"keep-alive", "SPDY/3.1"}, {"Upgrade", ""}}) {
        const auto out = spdy("POST", connection, upgrade, v4);
        BOOST_TEST((out.offer.has_error() && out.offer.error() == errc::malformed),
            connection + " / " + upgrade);
        BOOST_TEST(!out.why.empty());
    }
    BOOST_TEST((spdy("PUT", "Upgrade", "SPDY/3.1", v4).offer.error() == errc::malformed));
    auto old = request("POST", {{"Connection", "Upgrade"}, {"Upgrade", "SPDY/3.1"},
                                   {"X-Stream-Protocol-Version", "v4.channel.k8s.io"}});
    BOOST_TEST(judge(old).offer.has_value());
    old.version = 10;
    BOOST_TEST((judge(old).offer.error() == errc::malformed));
    old.version = 11;
    old.fields.add("Content-Length", "3");
    BOOST_TEST((judge(old).offer.error() == errc::malformed));
    old.fields.remove("Content-Length");
    old.fields.add("Transfer-Encoding", "chunked");
    BOOST_TEST((judge(old).offer.error() == errc::malformed));
}

BOOST_AUTO_TEST_CASE(no_common_protocol_is_told_apart_and_ours_are_listed)
{
    const auto only_v5 = spdy("POST", "Upgrade", "SPDY/3.1", {"v5.channel.k8s.io"});
    BOOST_TEST((only_v5.offer.error() == errc::not_found));
    BOOST_TEST(only_v5.accepted.size() == 4u);
    const auto none = spdy("POST", "Upgrade", "SPDY/3.1", {});
    BOOST_TEST((none.offer.error() == errc::malformed));
    BOOST_TEST(none.why == "unable to upgrade: X-Stream-Protocol-Version is required");
    BOOST_TEST((websocket("v3.channel.k8s.io").offer.error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE(websocket_sub_protocols)
{
    const auto agreed = [](const std::string& list) { return websocket(list).offer->agreed; };
    BOOST_TEST(agreed("v4.channel.k8s.io, v5.channel.k8s.io") == "v5.channel.k8s.io");
    BOOST_TEST(agreed("v4.base64.channel.k8s.io") == "v4.base64.channel.k8s.io");
    BOOST_TEST(websocket("v4.base64.channel.k8s.io").offer->base64);
    BOOST_TEST(agreed("").empty());
    BOOST_TEST((websocket("").offer->protocol == version::v1));
    BOOST_TEST(agreed("base64url.bearer.authorization.k8s.io.YQ, v5.channel.k8s.io") ==
               "v5.channel.k8s.io");
}

BOOST_AUTO_TEST_CASE(a_websocket_handshake_is_whole_or_refused)
{
    const fields good{{"Connection", "Upgrade"}, {"Upgrade", "WebSocket"},
        {"Sec-WebSocket-Key", key}, {"Sec-WebSocket-Version", "13"}};
    BOOST_TEST(judge(request("GET", good)).offer.has_value());
    BOOST_TEST((judge(request("POST", good)).offer.error() == errc::malformed));
    for (const auto& [name, value] :
        fields{{"Sec-WebSocket-Key", "short"}, {"Sec-WebSocket-Key", ""},
            {"Sec-WebSocket-Version", "8"}, {"Upgrade", "xwebsocket"}}) {
        auto head = request("GET", good);
        head.fields.set(name, value);
        BOOST_TEST((judge(head).offer.error() == errc::malformed), name + value);
    }
    auto twice = request("GET", good);
    twice.fields.add("Sec-WebSocket-Key", key);
    BOOST_TEST((judge(twice).offer.error() == errc::malformed));
}

BOOST_AUTO_TEST_CASE(port_forward_by_spdy_and_by_the_tunnel_alone)
{
    constexpr auto forward = kube_upgrade::port_forward;
    const auto by_spdy = spdy("POST", "Upgrade", "SPDY/3.1", {"portforward.k8s.io"}, forward);
    BOOST_REQUIRE(by_spdy.offer.has_value());
    BOOST_TEST(by_spdy.offer->agreed == "portforward.k8s.io");
    BOOST_TEST(!by_spdy.offer->tunnel);
    const auto tunnel = websocket("SPDY/3.1+portforward.k8s.io", forward);
    BOOST_REQUIRE(tunnel.offer.has_value());
    BOOST_TEST(tunnel.offer->tunnel);
    BOOST_TEST((websocket("v4.channel.k8s.io", forward).offer.error() == errc::not_found));
    BOOST_TEST((websocket("", forward).offer.error() == errc::not_found));
    BOOST_TEST((spdy("POST", "Upgrade", "SPDY/3.1", {"v4.channel.k8s.io"}, forward).offer.error() ==
                errc::not_found));
}

BOOST_AUTO_TEST_CASE(the_101_is_the_api_servers_byte_for_byte)
{
    byte_buffer out;
    const auto by_spdy = spdy("POST", "Upgrade", "SPDY/3.1", {"v4.channel.k8s.io"});
    BOOST_REQUIRE(append_head(out, switching_protocols(*by_spdy.offer)).has_value());
    BOOST_TEST(as_text(out) == "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                               "Upgrade: SPDY/3.1\r\n"
                               "X-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n");
    out.clear();
    BOOST_REQUIRE(append_head(out, switching_protocols(*websocket("v5.channel.k8s.io").offer)));
    BOOST_TEST(as_text(out) == "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                               "Upgrade: websocket\r\n"
                               "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                               "Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(what_we_ask_is_what_we_would_accept)
{
    for (const auto what : {kube_upgrade::exec, kube_upgrade::port_forward}) {
        auto by_spdy = spdy_request("/x", what);
        const auto offer = judge(by_spdy, what).offer;
        BOOST_REQUIRE(offer.has_value());
        BOOST_TEST(
            agreed_protocol(switching_protocols(*offer), upgrade_kind::spdy, "").has_value());
        std::string fresh, other;
        auto by_websocket = websocket_request("/x", what, fresh);
        const auto answer = judge(by_websocket, what).offer;
        BOOST_REQUIRE(answer.has_value());
        const auto switched = switching_protocols(*answer);
        BOOST_TEST(agreed_protocol(switched, upgrade_kind::websocket, fresh).has_value());
        BOOST_TEST(!agreed_protocol(switched, upgrade_kind::spdy, fresh).has_value());
        std::ignore = websocket_request("/x", what, other);
        BOOST_TEST(fresh != other);
        BOOST_TEST(!agreed_protocol(switched, upgrade_kind::websocket, other).has_value());
    }
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_not_what_was_asked_agrees_to_nothing)
{
    response_head answer{101, "", 11, {}};
    answer.fields.add("Connection", "Upgrade");
    answer.fields.add("Upgrade", "SPDY/3.1");
    BOOST_TEST((agreed_protocol(answer, upgrade_kind::spdy, "") == version::v1));
    answer.fields.add("X-Stream-Protocol-Version", "v2.channel.k8s.io");
    BOOST_TEST((agreed_protocol(answer, upgrade_kind::spdy, "") == version::v2));
    auto bad = answer;
    bad.status = 200;
    BOOST_TEST(!agreed_protocol(bad, upgrade_kind::spdy, "").has_value());
    bad = answer;
    bad.fields.set("X-Stream-Protocol-Version", "v5.channel.k8s.io");
    BOOST_TEST(!agreed_protocol(bad, upgrade_kind::spdy, "").has_value());
    bad = answer;
    bad.fields.remove("Connection");
    BOOST_TEST(!agreed_protocol(bad, upgrade_kind::spdy, "").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
