#pragma once
// The codec of the SSH connection protocol: packets to values and back, and the few fields that a
// relay changes in a packet it otherwise passes on as it came.

#include <verbatim/base/result.hpp>
#include <verbatim/wire/ssh_messages.hpp>

#include <optional>
#include <span>

namespace verbatim::wire::ssh {

/// The first byte as a message of this protocol; none for an empty payload or another number.
std::optional<message_number> number_of(byte_view payload) noexcept;

/// The recipient channel, without decoding the rest. None for messages without one (80 to 90), for
/// other numbers, and when the payload ends before it.
std::optional<channel_number> recipient_of(byte_view payload) noexcept;

/// Decodes one packet, message number first, strictly: nothing may be missing and nothing may
/// follow. Known requests and channel types are decoded to the last field; unknown ones keep their
/// rest. Booleans: any non-zero byte is true (RFC 4251, section 5).
/// Valid:  every view refers into `payload`. Allocates nothing.
/// Errors: errc::truncated (it ends inside a field), errc::malformed (bytes after the end, a name
///         that is empty or has other than printable ASCII, terminal modes that end inside a
///         mode), errc::out_of_range (another message number, a name above max_name_bytes, a port
///         above 65535).
/// Thread: any; no state.
/// Source: RFC 4254; RFC 4335 for break; OpenSSH PROTOCOL, section 2.
[[nodiscard]] result<message> decode(byte_view payload) noexcept;

/// As decode(), and writes every boolean back as 0 or 1. What it accepts is then canonical:
/// encoding the value gives the same bytes, so that the packet may be passed on without encoding
/// it anew and the target cannot read it differently.
[[nodiscard]] result<message> decode_and_normalise(std::span<std::byte> payload) noexcept;

/// The port in the answer to a tcpip-forward that asked for port 0.
/// Errors: errc::truncated, errc::malformed, errc::out_of_range.
[[nodiscard]] result<std::uint32_t> decode_forwarded_port(byte_view success_data) noexcept;

/// The name on the wire of a request or a channel's type.
std::string_view name_of(const global_request& request) noexcept;
std::string_view name_of(const channel_open& request) noexcept;
std::string_view name_of(const channel_request& request) noexcept;

/// Appends the message to `out`, message number first. Names longer than max_name_bytes and ports
/// above 65535 are the caller's bug: they are written as they are.
void encode(byte_buffer& out, const message& value);

// --- in place ---
// Each returns false, and changes nothing, when the packet has no such field: another message
// number, or shorter than the field. They trust nothing but the bytes they are given.

/// Messages 91 to 100.
[[nodiscard]] bool set_recipient(std::span<std::byte> payload, channel_number channel) noexcept;

/// What the sender of an open or an open confirmation says of its own side of the channel.
struct channel_limits {
    channel_number sender{};
    std::uint32_t initial_window = 0;
    std::uint32_t max_packet = 0;
};
/// Messages 90 and 91.
[[nodiscard]] bool set_limits(std::span<std::byte> payload, const channel_limits& limits) noexcept;

/// Message 93.
[[nodiscard]] bool set_window_amount(std::span<std::byte> payload, std::uint32_t amount) noexcept;

} // namespace verbatim::wire::ssh
