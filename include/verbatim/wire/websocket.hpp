#pragma once
// WebSocket framing (RFC 6455 section 5) without I/O and without extensions.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace verbatim::wire::websocket {

enum class role { server, client }; ///< which side we are: a server reads masked frames

enum class close_code : std::uint16_t {
    normal = 1000,
    going_away = 1001,
    protocol_error = 1002,
    unsupported = 1003,
    policy = 1008,
    too_big = 1009,
    internal_error = 1011
};

/// A piece of a message, as it arrived, unmasked in place; fragments of a message look like
/// further pieces.
struct message_piece {
    bool text;
    byte_view bytes;
    bool first, last; ///< piece of the message; an empty message is one empty piece with both
};
struct ping {
    byte_view payload;
};
struct pong {
    byte_view payload;
};
struct close {
    std::optional<std::uint16_t> code;
    std::string_view reason;
};
using incoming = std::variant<message_piece, ping, pong, close>;

inline constexpr std::uint64_t max_message_bytes = 32u << 20; ///< as Kubernetes' own servers

/// Reads one direction. Memory: one control frame.
class frame_reader {
public:
    explicit frame_reader(role ours);

    /// Takes bytes from the front of `input` until something is whole; none: more is needed.
    /// Views are valid until the next call, and lie in `input` or in the reader.
    /// Errors: errc::malformed (mask missing or unexpected, reserved bits or opcodes, fragmented
    /// or long control frames, lengths not minimal, close codes that may not be sent),
    /// errc::out_of_range (message too long). The connection cannot be read further: the next call
    /// answers the same. Whether text is UTF-8 is not looked at, as Kubernetes' servers do not.
    [[nodiscard]] result<std::optional<incoming>> next(std::span<std::byte>& input);

private:
    error_code read_head();
    error_code begin_data();
    std::optional<message_piece> take_data(std::span<std::byte>& input);
    result<std::optional<incoming>> take_control(std::span<std::byte>& input);

    role ours_;
    error_code failed_;
    std::array<std::byte, 14> head_{};
    std::size_t head_size_ = 0;
    std::array<std::byte, 125> control_{};
    std::size_t control_size_ = 0;
    std::uint64_t left_ = 0;    // of the frame's payload
    std::uint64_t message_ = 0; // bytes of the message so far
    std::array<std::byte, 4> key_{};
    std::size_t key_at_ = 0;
    bool in_frame_ = false, in_message_ = false, text_ = false, final_ = false;
    bool first_ = false;
    std::uint8_t opcode_ = 0;
};

enum class opcode : std::uint8_t { text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Masking keys must not be guessable by whoever chooses the payload (RFC 6455 5.3).
using mask_key = std::array<std::byte, 4>;

/// Appends a whole, unfragmented frame whose payload is `first` followed by `rest`; masked where a
/// key is given (a client's frames must be).
void append_frame(byte_buffer& to, opcode kind, byte_view first, byte_view rest,
    const std::optional<mask_key>& key);

/// The payload of a close frame. A reason that does not fit into a control frame is cut.
byte_buffer close_payload(close_code code, std::string_view reason);

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 4.2.2).
std::string accept_of(std::string_view key);
/// True for 16 bytes in base64.
bool is_key(std::string_view key);

} // namespace verbatim::wire::websocket
