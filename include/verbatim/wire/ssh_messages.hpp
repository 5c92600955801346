#pragma once
// The messages of the SSH connection protocol as values. Every view refers into the packet it was
// decoded from (or, for encoding, into whatever its maker keeps alive).
// Source: RFC 4254; OpenSSH's PROTOCOL file for the names ending in @openssh.com.

#include <verbatim/base/bytes.hpp>

#include <cstdint>
#include <string_view>
#include <variant>

namespace verbatim::wire::ssh {

/// A channel's number as one side of one connection counts it.
enum class channel_number : std::uint32_t {};

enum class message_number : std::uint8_t {
    global_request = 80,
    request_success = 81,
    request_failure = 82,
    channel_open = 90,
    channel_open_confirmation = 91,
    channel_open_failure = 92,
    channel_window_adjust = 93,
    channel_data = 94,
    channel_extended_data = 95,
    channel_eof = 96,
    channel_close = 97,
    channel_request = 98,
    channel_success = 99,
    channel_failure = 100,
};

/// RFC 4251, section 6: names are at most this long; a longer one is errc::out_of_range.
constexpr std::size_t max_name_bytes = 64;

/// A request or channel type that this codec does not know: its name, and the rest as it came.
struct unknown_detail {
    std::string_view name;
    byte_view rest;
};

// --- global requests (message 80) ---

struct tcpip_forward {
    static constexpr std::string_view name = "tcpip-forward";
    std::string_view address;
    std::uint32_t port = 0; ///< <= 65535; 0 asks the target to choose, its answer holds the port
};
struct cancel_tcpip_forward {
    static constexpr std::string_view name = "cancel-tcpip-forward";
    std::string_view address;
    std::uint32_t port = 0;
};
struct streamlocal_forward {
    static constexpr std::string_view name = "streamlocal-forward@openssh.com";
    std::string_view path;
};
struct cancel_streamlocal_forward {
    static constexpr std::string_view name = "cancel-streamlocal-forward@openssh.com";
    std::string_view path;
};
struct keepalive_request { ///< a global request, and a channel request too
    static constexpr std::string_view name = "keepalive@openssh.com";
};
struct no_more_sessions {
    static constexpr std::string_view name = "no-more-sessions@openssh.com";
};
/// The server's host keys, as key blobs in strings; kept as it came.
struct host_keys_offer {
    static constexpr std::string_view name = "hostkeys-00@openssh.com";
    byte_view rest;
};
struct host_keys_prove {
    static constexpr std::string_view name = "hostkeys-prove-00@openssh.com";
    byte_view rest;
};
struct global_request {
    using detail_type = std::variant<unknown_detail, tcpip_forward, cancel_tcpip_forward,
        streamlocal_forward, cancel_streamlocal_forward, keepalive_request, no_more_sessions,
        host_keys_offer, host_keys_prove>;
    bool want_reply = false;
    detail_type detail;
};
struct request_success {
    byte_view data; ///< what it means depends on the request; see decode_forwarded_port()
};
struct request_failure {};

// --- channels: opening (90 to 92) ---

struct session_channel {
    static constexpr std::string_view name = "session";
};
struct direct_tcpip_channel {
    static constexpr std::string_view name = "direct-tcpip";
    std::string_view host;
    std::uint32_t port = 0; ///< <= 65535
    std::string_view originator;
    std::uint32_t originator_port = 0; ///< informational, any value
};
struct forwarded_tcpip_channel {
    static constexpr std::string_view name = "forwarded-tcpip";
    std::string_view address;
    std::uint32_t port = 0; ///< <= 65535
    std::string_view originator;
    std::uint32_t originator_port = 0;
};
struct x11_channel {
    static constexpr std::string_view name = "x11";
    std::string_view originator;
    std::uint32_t originator_port = 0;
};
struct direct_streamlocal_channel {
    static constexpr std::string_view name = "direct-streamlocal@openssh.com";
    std::string_view path;
    std::string_view reserved;
    std::uint32_t reserved_number = 0;
};
struct forwarded_streamlocal_channel {
    static constexpr std::string_view name = "forwarded-streamlocal@openssh.com";
    std::string_view path;
    std::string_view reserved;
};
struct agent_channel {
    static constexpr std::string_view name = "auth-agent@openssh.com";
};
struct channel_open {
    using detail_type =
        std::variant<unknown_detail, session_channel, direct_tcpip_channel, forwarded_tcpip_channel,
            x11_channel, direct_streamlocal_channel, forwarded_streamlocal_channel, agent_channel>;
    channel_number sender{};
    std::uint32_t initial_window = 0;
    std::uint32_t max_packet = 0;
    detail_type detail;
};
struct channel_open_confirmation {
    channel_number recipient{};
    channel_number sender{};
    std::uint32_t initial_window = 0;
    std::uint32_t max_packet = 0;
    byte_view rest; ///< type-specific; empty for every type known here, passed as it came
};
enum class open_failure_reason : std::uint32_t {
    administratively_prohibited = 1,
    connect_failed = 2,
    unknown_channel_type = 3,
    resource_shortage = 4,
};
struct channel_open_failure {
    channel_number recipient{};
    open_failure_reason reason{}; ///< any 32-bit value may arrive
    std::string_view description;
    std::string_view language;
};

// --- channels: use (93 to 100) ---

struct channel_window_adjust {
    channel_number recipient{};
    std::uint32_t amount = 0;
};
struct channel_data {
    channel_number recipient{};
    byte_view data;
};
constexpr std::uint32_t extended_data_stderr = 1;
struct channel_extended_data {
    channel_number recipient{};
    std::uint32_t code = extended_data_stderr;
    byte_view data;
};
struct channel_eof {
    channel_number recipient{};
};
struct channel_close {
    channel_number recipient{};
};

struct pty_request {
    static constexpr std::string_view name = "pty-req";
    std::string_view term;
    std::uint32_t columns = 0, rows = 0, width_pixels = 0, height_pixels = 0;
    byte_view modes; ///< well-formed; see wire/terminal_modes.hpp
};
struct env_request {
    static constexpr std::string_view name = "env";
    std::string_view variable, value;
};
struct shell_request {
    static constexpr std::string_view name = "shell";
};
struct exec_request {
    static constexpr std::string_view name = "exec";
    std::string_view command;
};
struct subsystem_request {
    static constexpr std::string_view name = "subsystem";
    std::string_view subsystem;
};
struct window_change {
    static constexpr std::string_view name = "window-change";
    std::uint32_t columns = 0, rows = 0, width_pixels = 0, height_pixels = 0;
};
struct signal_request {
    static constexpr std::string_view name = "signal";
    std::string_view signal; ///< without "SIG"
};
struct break_request { ///< RFC 4335
    static constexpr std::string_view name = "break";
    std::uint32_t milliseconds = 0;
};
struct xon_xoff {
    static constexpr std::string_view name = "xon-xoff";
    bool client_can_do = false;
};
struct exit_status {
    static constexpr std::string_view name = "exit-status";
    std::uint32_t status = 0;
};
struct exit_signal {
    static constexpr std::string_view name = "exit-signal";
    std::string_view signal; ///< without "SIG"
    bool core_dumped = false;
    std::string_view message, language;
};
struct x11_request {
    static constexpr std::string_view name = "x11-req";
    bool single_connection = false;
    std::string_view protocol, cookie; ///< the cookie is a credential: never log it
    std::uint32_t screen = 0;
};
struct agent_request {
    static constexpr std::string_view name = "auth-agent-req@openssh.com";
};
struct end_of_write {
    static constexpr std::string_view name = "eow@openssh.com";
};
struct channel_request {
    using detail_type = std::variant<unknown_detail, pty_request, env_request, shell_request,
        exec_request, subsystem_request, window_change, signal_request, break_request, xon_xoff,
        exit_status, exit_signal, x11_request, agent_request, end_of_write, keepalive_request>;
    channel_number recipient{};
    bool want_reply = false;
    detail_type detail;
};
struct channel_success {
    channel_number recipient{};
};
struct channel_failure {
    channel_number recipient{};
};

using message = std::variant<global_request, request_success, request_failure, channel_open,
    channel_open_confirmation, channel_open_failure, channel_window_adjust, channel_data,
    channel_extended_data, channel_eof, channel_close, channel_request, channel_success,
    channel_failure>;

} // namespace verbatim::wire::ssh
