#pragma once
// Decides what a player does next. It does no input, no output and owns no clock.

#include <verbatim/base/clock.hpp>
#include <verbatim/replay/frame_source.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace verbatim::replay {

struct playback_options {
    static constexpr double slowest = 0.25, fastest = 16;
    double speed = 1;                  ///< clamped to slowest..fastest
    bool skip_idle = false;            ///< no wait is longer than max_idle (after scaling)
    std::chrono::microseconds start{}; ///< what comes before is not played
};

enum class player_key { pause, back, forward, faster, slower, quit };

struct player_action {
    enum class kind {
        write,    ///< give `bytes` to the terminal
        set_size, ///< the recorded terminal had `size` from here on
        clear,    ///< start from an empty screen: what follows was recorded earlier or later
        wait,     ///< until `until`, or until a key comes
        wait_key, ///< paused: until a key comes
        finished,
    } what = kind::finished;
    byte_view bytes; ///< valid until next() or press() is called again
    wire::terminal_size size;
    monotonic_time until{};
};

/// A recording's clock: pause, seek, speed, idle time. Seeking shows the last skipped_tail_bytes of
/// what was skipped, at once, so that the screen stands about as it stood then; going back starts
/// again from the first frame.
/// Thread: one at a time.
class playback {
public:
    static constexpr std::chrono::milliseconds max_idle{500};
    static constexpr std::chrono::seconds seek_step{10};
    /// Full screens are redrawn often: this much nearly always holds a whole redraw.
    static constexpr std::size_t skipped_tail_bytes = 256 * 1024;
    static constexpr std::size_t skip_at_once_bytes = 16 * 1024 * 1024;

    /// `source` outlives this object.
    playback(frame_source& source, playback_options options);

    /// What to do now. Errors: the source's; playing is over then.
    [[nodiscard]] result<player_action> next(monotonic_time now);

    void press(player_key key, monotonic_time now);

    bool paused() const noexcept { return paused_at_.has_value(); }
    double speed() const noexcept { return options_.speed; }
    /// Where in the recording `now` is.
    std::chrono::microseconds position(monotonic_time now) const;

private:
    [[nodiscard]] result<void> fetch();
    [[nodiscard]] result<std::optional<player_action>> skip();
    void keep_tail(byte_view bytes);
    std::chrono::nanoseconds scaled(std::chrono::microseconds gap) const;
    void seek(std::chrono::microseconds to);
    void set_speed(double speed, monotonic_time now);

    frame_source& source_;
    playback_options options_;
    std::optional<frame> pending_;
    bool at_end_ = false, quit_ = false;
    bool clear_first_ = false, rewind_first_ = false, resume_from_now_ = true;
    std::optional<std::chrono::microseconds> skip_to_;
    std::string tail_, written_tail_;
    bool tail_cut_ = false;
    std::optional<wire::terminal_size> skipped_size_;
    std::chrono::microseconds last_at_{}; ///< of the frame played last
    monotonic_time last_due_{};           ///< when that was
    monotonic_time due_{};                ///< when the pending one is
    std::optional<monotonic_time> paused_at_;
};

} // namespace verbatim::replay
