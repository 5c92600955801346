#include "kube/upgrade.hpp"

#include "kube/http_text.hpp"
#include "kube/request_headers.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/wire/websocket.hpp>

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace verbatim::kube {

namespace remote = wire::remote_command;

namespace {

constexpr const char* spdy = "SPDY/3.1";
constexpr const char* stream_versions = "X-Stream-Protocol-Version";
constexpr const char* forward_protocol = "portforward.k8s.io";
constexpr const char* tunnel_protocol = "SPDY/3.1+portforward.k8s.io";
constexpr const char* newest_websocket = "v5.channel.k8s.io";

bool has_element(const http_fields& fields, std::string_view field, std::string_view wanted)
{
    const auto elements = fields.list(field);
    return std::any_of(elements.begin(), elements.end(),
        [&](const std::string& element) { return same_name(element, wanted); });
}

upgrade_kind kind_of(const http_fields& fields)
{
    const auto asked = fields.list("Upgrade");
    if (asked.empty()) return upgrade_kind::none;
    if (asked.size() == 1 && same_name(asked.front(), spdy)) return upgrade_kind::spdy;
    if (asked.size() == 1 && same_name(asked.front(), "websocket")) return upgrade_kind::websocket;
    return upgrade_kind::other;
}

std::string listed(const std::vector<std::string>& names)
{
    std::string out = "[";
    for (const auto& name : names) out += (out.size() > 1 ? " " : "") + escape_for_log(name);
    return out + "]";
}

result<void> nothing_common(const std::vector<std::string>& offered, std::vector<std::string> ours,
    std::string& why, std::vector<std::string>& accepted)
{
    accepted = std::move(ours);
    why = "unable to upgrade: unable to negotiate protocol: client supports " +
          escape_for_log(listed(offered), 500) + ", server accepts " + listed(accepted);
    return errc::not_found;
}

std::vector<std::string> spdy_names()
{
    using remote::version;
    std::vector<std::string> out;
    for (const auto v : {version::v4, version::v3, version::v2, version::v1})
        out.emplace_back(remote::spdy_name(v));
    return out;
}

result<void> judge_spdy(const request_head& head, wire::kube_upgrade what, upgrade_offer& offer,
    std::string& why, std::vector<std::string>& accepted)
{
    if (head.method != "POST" && head.method != "GET") {
        why = "unable to upgrade: the method must be POST or GET";
        return errc::malformed;
    }
    const auto offered = head.fields.list(stream_versions);
    if (offered.empty()) {
        why = "unable to upgrade: X-Stream-Protocol-Version is required";
        return errc::malformed;
    }
    if (what == wire::kube_upgrade::port_forward) {
        if (std::find(offered.begin(), offered.end(), forward_protocol) == offered.end())
            return nothing_common(offered, {forward_protocol}, why, accepted);
        offer.agreed = forward_protocol;
        return result<void>{};
    }
    const auto chosen = remote::choose_spdy(offered);
    if (!chosen) return nothing_common(offered, spdy_names(), why, accepted);
    offer.protocol = *chosen;
    offer.agreed = remote::spdy_name(*chosen);
    return result<void>{};
}

/// RFC 6455 4.2.1.
bool is_handshake(const request_head& head, std::string& key)
{
    const auto keys = head.fields.all("Sec-WebSocket-Key");
    const auto versions = head.fields.all("Sec-WebSocket-Version");
    if (head.method != "GET" || keys.size() != 1 || !wire::websocket::is_key(keys.front()))
        return false;
    key = keys.front();
    return versions.size() == 1 && versions.front() == "13";
}

result<void> judge_websocket(const request_head& head, wire::kube_upgrade what,
    upgrade_offer& offer, std::string& why, std::vector<std::string>& accepted)
{
    if (!is_handshake(head, offer.websocket_key)) {
        why = "unable to upgrade: not a WebSocket handshake of version 13";
        return errc::malformed;
    }
    const auto offered = subprotocols_of(head);
    if (what == wire::kube_upgrade::port_forward) {
        if (std::find(offered.begin(), offered.end(), tunnel_protocol) == offered.end())
            return nothing_common(offered, {tunnel_protocol}, why, accepted);
        offer.agreed = tunnel_protocol;
        offer.tunnel = true;
        return result<void>{};
    }
    const auto chosen = remote::choose_websocket(offered);
    if (!chosen)
        return nothing_common(offered,
            {newest_websocket, "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "channel.k8s.io",
                "base64.channel.k8s.io"},
            why, accepted);
    offer.protocol = chosen->protocol;
    offer.base64 = chosen->base64;
    offer.agreed = chosen->name;
    return result<void>{};
}

/// A body's bytes would be taken for the stream's first.
bool may_have_body(const http_fields& fields)
{
    const auto length = fields.first("Content-Length");
    return fields.has("Transfer-Encoding") ||
           length.find_first_not_of('0') != std::string_view::npos;
}

} // namespace

bool asks_for_upgrade(const request_head& head)
{
    if (head.fields.has("Upgrade")) return true;
    for (const auto& value : head.fields.all("Connection"))
        if (wire::mentions(value, "upgrade")) return true;
    return false;
}

result<upgrade_offer> judge_upgrade(const request_head& head, wire::kube_upgrade what,
    std::string& why, std::vector<std::string>& accepted)
{
    upgrade_offer offer;
    offer.kind = kind_of(head.fields);
    if (offer.kind == upgrade_kind::none || head.version < 11 ||
        !has_element(head.fields, "Connection", "upgrade")) {
        why = "unable to upgrade: missing upgrade headers in request";
        return errc::malformed;
    }
    if (offer.kind == upgrade_kind::other) {
        why = "unable to upgrade: Upgrade must be SPDY/3.1 or websocket";
        return errc::malformed;
    }
    if (may_have_body(head.fields)) {
        why = "unable to upgrade: an upgrade request has no body";
        return errc::malformed;
    }
    const auto judged = offer.kind == upgrade_kind::spdy
                            ? judge_spdy(head, what, offer, why, accepted)
                            : judge_websocket(head, what, offer, why, accepted);
    if (!judged) return judged.error();
    return offer;
}

response_head switching_protocols(const upgrade_offer& offer)
{
    response_head out{101, "Switching Protocols", 11, {}};
    const bool by_spdy = offer.kind == upgrade_kind::spdy;
    out.fields.add("Connection", "Upgrade");
    out.fields.add("Upgrade", by_spdy ? spdy : "websocket");
    if (!by_spdy)
        out.fields.add("Sec-WebSocket-Accept", wire::websocket::accept_of(offer.websocket_key));
    if (!offer.agreed.empty())
        out.fields.add(by_spdy ? stream_versions : "Sec-WebSocket-Protocol", offer.agreed);
    return out;
}

request_head spdy_request(std::string target, wire::kube_upgrade what)
{
    request_head out{"POST", std::move(target), 11, {}};
    out.fields.add("Content-Length", "0");
    out.fields.add("Connection", "Upgrade");
    out.fields.add("Upgrade", spdy);
    if (what == wire::kube_upgrade::port_forward) out.fields.add(stream_versions, forward_protocol);
    else
        for (auto& name : spdy_names()) out.fields.add(stream_versions, std::move(name));
    return out;
}

request_head websocket_request(std::string target, wire::kube_upgrade what, std::string& key)
{
    std::array<unsigned char, 16> random{};
    if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1)
        throw std::runtime_error("no random numbers");
    key = to_base64(as_bytes(random.data(), random.size()));
    request_head out{"GET", std::move(target), 11, {}};
    out.fields.add("Connection", "Upgrade");
    out.fields.add("Upgrade", "websocket");
    out.fields.add("Sec-WebSocket-Version", "13");
    out.fields.add("Sec-WebSocket-Key", key);
    out.fields.add("Sec-WebSocket-Protocol",
        what == wire::kube_upgrade::port_forward ? tunnel_protocol : newest_websocket);
    return out;
}

std::optional<remote::version> agreed_protocol(
    const response_head& answer, upgrade_kind kind, const std::string& key)
{
    using remote::version;
    const auto& fields = answer.fields;
    if (answer.status != 101 || kind_of(fields) != kind ||
        !has_element(fields, "Connection", "upgrade"))
        return std::nullopt;
    if (kind == upgrade_kind::spdy) {
        const auto agreed = fields.all(stream_versions);
        if (agreed.empty()) return version::v1;
        if (agreed.size() != 1) return std::nullopt;
        if (agreed.front() == forward_protocol) return version::v1;
        return remote::choose_spdy(agreed);
    }
    const auto protocol = fields.all("Sec-WebSocket-Protocol");
    if (fields.first("Sec-WebSocket-Accept") != wire::websocket::accept_of(key) ||
        fields.has("Sec-WebSocket-Extensions") || protocol.size() != 1)
        return std::nullopt;
    if (protocol.front() == newest_websocket || protocol.front() == tunnel_protocol)
        return version::v5;
    return std::nullopt;
}

} // namespace verbatim::kube
