#pragma once
// Requests that become streams: exec, attach and port-forward.

#include "kube/exchange.hpp"
#include "kube/request_passing.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>

namespace verbatim::kube {

/// What close() and notice() of the connection reach while a stream is served.
struct stream_controls {
    std::function<void(const std::string&)> notice, close;
};

/// Judges the upgrade, asks the cluster for its own, answers, and relays to the end. A refusal by
/// the cluster is passed back as it is. True if the connection may carry another request, which is
/// so only after a refusal. `controls` is set while a session runs.
[[nodiscard]] boost::asio::awaitable<bool> serve_command(
    client_side& client, client_watch& watch, exchange& of, stream_controls& controls);
[[nodiscard]] boost::asio::awaitable<bool> serve_port_forward(
    client_side& client, client_watch& watch, exchange& of, stream_controls& controls);

} // namespace verbatim::kube
