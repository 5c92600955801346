#pragma once
// How a recording is written: part headers, record framing, events and prints as protobuf.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/clock.hpp>
#include <verbatim/base/result.hpp>
#include <verbatim/wire/events.hpp>
#include <verbatim/wire/recording_stream.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace verbatim::wire {

/// What stands before each part's payload.
struct part_header {
    std::uint64_t version = 1;
    std::uint64_t payload_bytes = 0; ///< of the gzip member that follows; 0: an empty part
    std::uint64_t padding_bytes = 0; ///< zeros after the payload
    bool encrypted = false;          ///< version 2 only

    bool operator==(const part_header&) const = default;
};

constexpr std::size_t part_header_bytes = 24;     ///< version 1, the one we write
constexpr std::size_t max_part_header_bytes = 32; ///< version 2
constexpr std::size_t part_size_field_offset = 8; ///< of payload_bytes, 8 bytes big-endian

/// Shape:  version, payload size, padding size, each 8 bytes big-endian; version 2 adds a byte of
///         flags (bit 0: encrypted) and 7 zero bytes. `header.version` must be 1 or 2.
byte_buffer encode(const part_header& header);

/// How long the header is that begins with these bytes (at least 8).
/// Errors: errc::truncated, errc::unsupported_version.
[[nodiscard]] result<std::size_t> part_header_size(byte_view begin);

/// Errors: errc::truncated, errc::unsupported_version.
[[nodiscard]] result<part_header> decode_part_header(byte_view bytes);

/// All of a print record but its bytes.
struct print_fields {
    std::int64_t index = 0;
    wall_time time{}; ///< whole milliseconds
    stream_tag stream = stream_tag::standard_output;
    std::int64_t chunk_index = 0; ///< shown prints before this one
    std::int64_t offset = 0;      ///< shown bytes before this one
    std::int64_t delay_ms = 0;    ///< since the first print
    std::int64_t at_us = 0;       ///< monotonic, since the session's start
    std::string_view cluster_name;
    std::string_view party;
};

/// Appends one framed print record: the hot path, so encoded by hand and without allocation when
/// `out` has room. `data` is at most max_print_bytes; a longer one throws std::length_error (a
/// bug).
void append_print(byte_buffer& out, const print_fields& fields, byte_view data);

/// Appends what append_print puts before `data_bytes` of data, for one who has those already.
/// Returns its size.
std::size_t append_print_header(
    byte_buffer& out, const print_fields& fields, std::size_t data_bytes);

/// At most this much stands in a print record beside its bytes and its two texts.
constexpr std::size_t max_print_overhead = 160;

/// Appends one framed record of an event that stands in recordings: session_start, session_join,
/// session_leave, resize, session_end.
/// Errors: errc::out_of_range for any other event and for one that would exceed 64 KiB; `out` is
/// then as before.
[[nodiscard]] result<void> append_event(byte_buffer& out, const event& value, std::int64_t at_us);

} // namespace verbatim::wire
