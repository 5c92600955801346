#pragma once
// The client's side of an upgrade: is it one that we speak, and the answer that begins the stream.

#include "kube/command_channels.hpp"
#include "kube/http.hpp"

#include <verbatim/net/byte_stream.hpp>
#include <verbatim/wire/kube_request.hpp>

#include <optional>
#include <string>

namespace verbatim::kube {

/// What the headers ask for.
enum class upgrade_kind { none, spdy, websocket, other };

struct upgrade_offer {
    upgrade_kind kind = upgrade_kind::none;
    wire::remote_command::version protocol = wire::remote_command::version::v1; ///< exec, attach
    bool base64 = false;
    bool tunnel = false;       ///< port-forward: SPDY within WebSocket
    std::string agreed;        ///< the protocol's name for the 101, empty: none was asked for
    std::string websocket_key; ///< WebSocket
};

/// True where the request's headers speak of an upgrade in any way that the API server would take
/// for one (a substring, whatever its case), or any other.
bool asks_for_upgrade(const request_head& head);

/// Judges an upgrade for exec, attach or port-forward. Canonical forms only; what the server would
/// take and we do not is refused here. Errors: errc::malformed (400), errc::not_found (403: no
/// common protocol; `accepted` lists ours for X-Accepted-Stream-Protocol-Versions); `why` is the
/// text for the client, in the API server's own words where it has some.
[[nodiscard]] result<upgrade_offer> judge_upgrade(const request_head& head, wire::kube_upgrade what,
    std::string& why, std::vector<std::string>& accepted);

/// The 101 for it.
response_head switching_protocols(const upgrade_offer& offer);

/// The upgrade request that we send to the cluster, without cluster's own headers: SPDY by POST.
request_head spdy_request(std::string target, wire::kube_upgrade what);
/// WebSocket by GET, with a fresh key (returned) and v5 or the port-forward tunnel.
request_head websocket_request(std::string target, wire::kube_upgrade what, std::string& key);
/// What the answer's headers agreed to; nothing where it is not what was asked.
std::optional<wire::remote_command::version> agreed_protocol(
    const response_head& answer, upgrade_kind kind, const std::string& key);

} // namespace verbatim::kube
