#pragma once
// What a recording's records mean to us, apart from how they are written.

#include <cstddef>
#include <cstdint>

namespace verbatim::wire {

/// Which bytes a print record carries (field 100 of SessionPrint; Teleport's readers skip it).
enum class stream_tag : std::uint8_t {
    standard_output = 0,
    standard_error = 1,
    standard_input = 2, ///< typed; travels in `input`, so that players show nothing
    forwarded_to_target = 3,
    forwarded_to_client = 4,
    command = 5, ///< a command too long for its event, whole
};

constexpr bool is_shown(stream_tag stream) noexcept
{
    return stream == stream_tag::standard_output || stream == stream_tag::standard_error;
}

/// A print carries at most this much, so that every record stays below the format's 64 KiB.
constexpr std::size_t max_print_bytes = 32 * 1024;
constexpr std::size_t max_record_bytes = 64 * 1024;

} // namespace verbatim::wire
