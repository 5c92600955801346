#pragma once
// The fields of every message in wire order, stated once for both directions: `Io` is the reader or
// the writer of ssh_connection.cpp. So decoding and encoding cannot disagree.

#include <verbatim/wire/ssh_messages.hpp>

namespace verbatim::wire::ssh {

// --- details of global requests: RFC 4254, sections 4 and 7.1; OpenSSH PROTOCOL, 2.4 and 2.5 ---

void fields(auto& io, tcpip_forward& v)
{
    io.text(v.address);
    io.port(v.port);
}
void fields(auto& io, cancel_tcpip_forward& v)
{
    io.text(v.address);
    io.port(v.port);
}
void fields(auto& io, streamlocal_forward& v) { io.text(v.path); }
void fields(auto& io, cancel_streamlocal_forward& v) { io.text(v.path); }
void fields(auto&, keepalive_request&) {}
void fields(auto&, no_more_sessions&) {}
void fields(auto& io, host_keys_offer& v) { io.rest(v.rest); }
void fields(auto& io, host_keys_prove& v) { io.rest(v.rest); }

// --- details of channel_open: RFC 4254, sections 6.1, 6.3.2 and 7.2; OpenSSH PROTOCOL, 2.4 ---

void fields(auto&, session_channel&) {}
void fields(auto& io, direct_tcpip_channel& v)
{
    io.text(v.host);
    io.port(v.port);
    io.text(v.originator);
    io.number(v.originator_port);
}
void fields(auto& io, forwarded_tcpip_channel& v)
{
    io.text(v.address);
    io.port(v.port);
    io.text(v.originator);
    io.number(v.originator_port);
}
void fields(auto& io, x11_channel& v)
{
    io.text(v.originator);
    io.number(v.originator_port);
}
void fields(auto& io, direct_streamlocal_channel& v)
{
    io.text(v.path);
    io.text(v.reserved);
    io.number(v.reserved_number);
}
void fields(auto& io, forwarded_streamlocal_channel& v)
{
    io.text(v.path);
    io.text(v.reserved);
}
void fields(auto&, agent_channel&) {}

// --- details of channel_request: RFC 4254, section 6; RFC 4335; OpenSSH PROTOCOL, 2.1 ---

void fields(auto& io, pty_request& v)
{
    io.text(v.term);
    io.number(v.columns);
    io.number(v.rows);
    io.number(v.width_pixels);
    io.number(v.height_pixels);
    io.modes(v.modes);
}
void fields(auto& io, env_request& v)
{
    io.text(v.variable);
    io.text(v.value);
}
void fields(auto&, shell_request&) {}
void fields(auto& io, exec_request& v) { io.text(v.command); }
void fields(auto& io, subsystem_request& v) { io.text(v.subsystem); }
void fields(auto& io, window_change& v)
{
    io.number(v.columns);
    io.number(v.rows);
    io.number(v.width_pixels);
    io.number(v.height_pixels);
}
void fields(auto& io, signal_request& v) { io.text(v.signal); }
void fields(auto& io, break_request& v) { io.number(v.milliseconds); }
void fields(auto& io, xon_xoff& v) { io.flag(v.client_can_do); }
void fields(auto& io, exit_status& v) { io.number(v.status); }
void fields(auto& io, exit_signal& v)
{
    io.text(v.signal);
    io.flag(v.core_dumped);
    io.text(v.message);
    io.text(v.language);
}
void fields(auto& io, x11_request& v)
{
    io.flag(v.single_connection);
    io.text(v.protocol);
    io.text(v.cookie);
    io.number(v.screen);
}
void fields(auto&, agent_request&) {}
void fields(auto&, end_of_write&) {}

// --- whole messages, after their number; `name` stands for the detail's name on the wire ---

void fields(auto& io, global_request& v, std::string_view& name)
{
    io.name(name);
    io.flag(v.want_reply);
    io.detail(name, v.detail);
}
void fields(auto& io, request_success& v) { io.rest(v.data); }
void fields(auto&, request_failure&) {}
void fields(auto& io, channel_open& v, std::string_view& name)
{
    io.name(name);
    io.channel(v.sender);
    io.number(v.initial_window);
    io.number(v.max_packet);
    io.detail(name, v.detail);
}
void fields(auto& io, channel_open_confirmation& v)
{
    io.channel(v.recipient);
    io.channel(v.sender);
    io.number(v.initial_window);
    io.number(v.max_packet);
    io.rest(v.rest);
}
void fields(auto& io, channel_open_failure& v)
{
    io.channel(v.recipient);
    auto reason = static_cast<std::uint32_t>(v.reason);
    io.number(reason);
    v.reason = static_cast<open_failure_reason>(reason);
    io.text(v.description);
    io.text(v.language);
}
void fields(auto& io, channel_window_adjust& v)
{
    io.channel(v.recipient);
    io.number(v.amount);
}
void fields(auto& io, channel_data& v)
{
    io.channel(v.recipient);
    io.bytes(v.data);
}
void fields(auto& io, channel_extended_data& v)
{
    io.channel(v.recipient);
    io.number(v.code);
    io.bytes(v.data);
}
void fields(auto& io, channel_eof& v) { io.channel(v.recipient); }
void fields(auto& io, channel_close& v) { io.channel(v.recipient); }
void fields(auto& io, channel_request& v, std::string_view& name)
{
    io.channel(v.recipient);
    io.name(name);
    io.flag(v.want_reply);
    io.detail(name, v.detail);
}
void fields(auto& io, channel_success& v) { io.channel(v.recipient); }
void fields(auto& io, channel_failure& v) { io.channel(v.recipient); }

} // namespace verbatim::wire::ssh
