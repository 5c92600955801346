#pragma once
// Channels and tunnels over a connection that has been upgraded.

#include "kube/buffered_reader.hpp"
#include "kube/command_channels.hpp"

#include <verbatim/base/log.hpp>
#include <verbatim/net/byte_stream.hpp>
#include <verbatim/wire/websocket.hpp>

#include <chrono>
#include <memory>

namespace verbatim::kube {

/// Both outlive what is made from them. `buffered` may hold bytes that came behind the upgrade.
struct upgraded {
    net::byte_stream& stream;
    buffered_reader& buffered;
};

struct channel_settings {
    wire::remote_command::version protocol;
    bool base64 = false; ///< WebSocket
    channel_set set;
    std::chrono::milliseconds creation_deadline{30'000};
    std::chrono::milliseconds ping_interval{5'000};
};

/// `ours` server: towards a client; client: towards a cluster.
std::unique_ptr<command_channels> make_spdy_channels(
    upgraded on, wire::websocket::role ours, const channel_settings& settings, logger& log);
std::unique_ptr<command_channels> make_websocket_channels(
    upgraded on, wire::websocket::role ours, const channel_settings& settings, logger& log);

/// The bytes that are tunnelled in a WebSocket's binary messages (port-forward). Writes are whole
/// messages; finish() sends Close 1000, and must be awaited before it is destroyed, also after
/// close().
std::unique_ptr<net::byte_stream> make_tunnel(upgraded on, wire::websocket::role ours, logger& log);

} // namespace verbatim::kube
