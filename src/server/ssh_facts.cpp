#include "server/ssh_facts.hpp"

namespace verbatim::server {

std::string endpoint_text(const policy::target& target)
{
    const bool v6 = target.host.find(':') != std::string::npos;
    return (v6 ? '[' + target.host + ']' : target.host) + ':' + std::to_string(target.port);
}

policy::grant ssh_connection_facts::narrowed(policy::grant granted) const
{
    granted.agent_forwarding &= certificate.agent_forwarding;
    granted.x11_forwarding &= certificate.x11_forwarding;
    granted.local_forwarding &= certificate.port_forwarding;
    granted.remote_forwarding &= certificate.port_forwarding;
    // Who made the certificate wanted no other command to run; nor did who made the role. Both at
    // once cannot be had: then the role's, which is this proxy's own.
    if (granted.force_command.empty()) granted.force_command = certificate.force_command;
    return granted;
}

wire::event_header ssh_connection_facts::header() const
{
    wire::event_header out;
    out.metadata.cluster_name = policy->settings.cluster_name;
    out.metadata.time = to_milliseconds(services.time.wall_now());
    out.user.user = user;
    out.user.login = route.login;
    out.user.roles = grant.roles;
    out.server.server_id = services.server_id;
    if (!target.name.empty()) {
        out.server.server_hostname = target.name;
        out.server.server_addr = endpoint_text(target);
        out.server.server_labels = target.labels;
    }
    out.connection = {peer.local, peer.remote, "ssh", static_cast<std::uint64_t>(number)};
    return out;
}

void ssh_connection_facts::post(wire::event event) const
{
    const auto type = std::string(wire::type_of(event));
    if (const auto posted = services.audit.post(std::move(event)); !posted)
        services.log.error("an audit event was not accepted",
            {{"event", type}, {"error", posted.error().message()}});
}

void ssh_connection_facts::reject(const std::string& reason) const
{
    ++services.counted.sessions_rejected;
    wire::session_reject event;
    event.header = header();
    event.reason = reason;
    post(std::move(event));
}

} // namespace verbatim::server
