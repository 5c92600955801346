#pragma once
// SPDY/3.1 framing, as far as Kubernetes uses it: frames, header blocks, no flow control.
// Source: SPDY Protocol Draft 3.1, sections 2.2 and 2.6; without I/O.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace verbatim::wire::spdy {

using stream_id = std::uint32_t; ///< 31 bits; odd: opened by the client

enum class reset_status : std::uint32_t {
    protocol_error = 1,
    invalid_stream,
    refused_stream,
    unsupported_version,
    cancel,
    internal_error,
    flow_control_error,
    stream_in_use,
    stream_already_closed,
    invalid_credentials,
    frame_too_large
};

struct header {
    std::string name, value; ///< name in lower case; several values joined by NUL
};

// Limits; what exceeds one is errc::out_of_range and ends the connection.
inline constexpr std::size_t max_headers = 16;
inline constexpr std::size_t max_header_bytes = 1024;   ///< each name or value
inline constexpr std::size_t max_control_bytes = 16384; ///< a control frame's payload

struct syn_stream {
    stream_id id;
    bool fin;
    std::vector<header> headers;
};
struct syn_reply {
    stream_id id;
    bool fin;
    std::vector<header> headers;
};
struct reset {
    stream_id id;
    std::uint32_t status;
};
struct ping {
    std::uint32_t id;
};
struct goaway {
    stream_id last_good;
    std::uint32_t status;
};
/// A piece of a data frame, as it arrived; `bytes` lie in the reader's input.
struct data {
    stream_id id;
    byte_view bytes;
    bool fin; ///< with the frame's last piece only
};
/// SETTINGS, WINDOW_UPDATE, HEADERS: read in full (the last for the inflater's sake) and ignored.
/// HEADERS with FIN end their side of the stream: they are told as an empty `data` with FIN.
struct ignored {
    std::uint16_t type;
};
using frame = std::variant<syn_stream, syn_reply, reset, ping, goaway, data, ignored>;

/// Reads one direction of a connection. Header blocks share one inflater, so every frame must go
/// through it in order. Memory: one control frame at most.
class frame_reader {
public:
    frame_reader();
    ~frame_reader();
    frame_reader(frame_reader&&) noexcept;

    /// Takes bytes from the front of `input` until a frame, or a piece of a data frame, is whole;
    /// none: all of `input` was taken and more is needed. Empty data frames without FIN give none.
    /// Errors: errc::malformed (an unknown type, flag or version, stream 0, streams of one
    /// direction, lengths and header blocks that do not fit), errc::out_of_range (a limit above);
    /// the connection cannot be read further, and the next call answers the same.
    [[nodiscard]] result<std::optional<frame>> next(byte_view& input);

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// Writes one direction, with the deflater its header blocks share. Appends whole frames to `to`.
class frame_writer {
public:
    frame_writer();
    ~frame_writer();
    frame_writer(frame_writer&&) noexcept;

    void open(byte_buffer& to, stream_id id, const std::vector<header>& headers);
    void reply(byte_buffer& to, stream_id id); ///< without headers, as servers of Kubernetes do
    void reset(byte_buffer& to, stream_id id, reset_status status);
    void ping(byte_buffer& to, std::uint32_t id);
    void goaway(byte_buffer& to, stream_id last_good);
    /// The 8 bytes before `size` (< 2^24) bytes of data.
    void data_head(byte_buffer& to, stream_id id, std::size_t size, bool fin);

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace verbatim::wire::spdy
