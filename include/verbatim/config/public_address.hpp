#pragma once
// By which names users reach the proxy.

#include <verbatim/config/settings.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace verbatim::config {

/// The host of `public_addr`, IPv6 without brackets; without one that of `listen`, or the loopback
/// address where that is every address.
std::string public_host(const settings& settings, const listen_address& listen);

/// "host:port" with IPv6 in brackets.
std::string host_and_port(std::string_view host, std::uint16_t port);

/// What the Kubernetes listener's certificate is for: the public host, the listener's own address,
/// localhost, 127.0.0.1 and ::1. There is a listener.
std::vector<std::string> kubernetes_listener_names(const settings& settings);

} // namespace verbatim::config
