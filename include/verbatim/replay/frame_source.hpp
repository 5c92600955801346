#pragma once
// The seam between what a recording holds and what is done with it.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>
#include <verbatim/wire/events.hpp>
#include <verbatim/wire/recording_stream.hpp>

#include <chrono>
#include <optional>

namespace verbatim::replay {

/// Something a terminal was given: bytes, a new size, or both.
struct frame {
    std::chrono::microseconds at{}; ///< since the session began; never falls
    wire::stream_tag stream = wire::stream_tag::standard_output;
    byte_view bytes;                         ///< valid until the source is asked again
    std::optional<wire::terminal_size> size; ///< the terminal has this size from now on
};

class frame_source {
public:
    virtual ~frame_source() = default;
    /// The next one; none at a sound end. Errors: those of the recording's reader; what came
    /// before was sound.
    [[nodiscard]] virtual result<std::optional<frame>> next() = 0;
    /// Starts again from the first frame.
    [[nodiscard]] virtual result<void> rewind() = 0;
};

} // namespace verbatim::replay
