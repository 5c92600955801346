#pragma once
// An event as one line of the audit log.

#include <verbatim/wire/events.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace verbatim::wire {

/// A line with its line end is at most this long: readers of the format have buffers of this size.
constexpr std::size_t max_line_bytes = 64 * 1024;
/// A longer text is cut to this (less where the line would still be too long).
constexpr std::size_t max_line_text_bytes = 16 * 1024;

/// One JSON object without a line end, at most max_line_bytes - 1 long, whatever the event's texts
/// hold.
/// Shape:  keys in the order of Teleport's own lines, its embedded parts flattened, map keys
///         sorted, enumerations as numbers. Parts that Teleport's message does not have and our own
///         keys (`connection_id`, `reason`, ... and `seq`, last) follow after them.
///         Text that is not UTF-8 stands as `\xNN` for each wrong byte, and its bytes as base64 in
///         `<key>_raw` (lists: a list; maps: keys and values in turn).
///         Text that is cut has the whole's length in `<key>_len` and its SHA-256 (hex) in
///         `<key>_sha256`; for lists and maps the whole is their elements joined by NUL bytes.
///         Control characters, DEL and C1 too, are always `\uNNNN`: a line can be shown as it is.
/// Thread: any; no state.
std::string to_json_line(const event& value, std::optional<std::uint64_t> seq = std::nullopt);

} // namespace verbatim::wire
