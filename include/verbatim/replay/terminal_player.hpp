#pragma once
// Plays on the terminal at hand: the thin shell of system calls around playback.

#include <verbatim/base/clock.hpp>
#include <verbatim/base/result.hpp>
#include <verbatim/replay/playback.hpp>

namespace verbatim::replay {

struct terminal_setup {
    int output = 1;   ///< descriptor; need not be a terminal: then only the bytes are written
    int input = 0;    ///< descriptor; keys are read when it is a terminal
    bool raw = false; ///< no filter: whoever made the recording writes to this terminal as it likes
};

/// Plays to the end or until the viewer (or SIGINT, SIGTERM, SIGHUP) quits; the terminal is put
/// back as it was in every case.
/// Errors: the recording's, after its sound part was shown; errc::closed when the output is gone.
/// Thread: the process's only one (it blocks those signals for the time).
[[nodiscard]] result<void> play_on_terminal(
    playback& playback, const clock& clock, const terminal_setup& setup);

} // namespace verbatim::replay
