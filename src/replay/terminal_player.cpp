#include <verbatim/replay/terminal_player.hpp>

#include <verbatim/replay/player_keys.hpp>
#include <verbatim/replay/viewer_terminal.hpp>
#include <verbatim/screen/terminal_filter.hpp>

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace verbatim::replay {

namespace {

constexpr std::string_view leave_alternate_screen = "\x1b[?1049l";
/// Undoes what drawing may have set: margins, modes, colours, character set, cursor.
constexpr std::string_view usual_drawing =
    "\x1b[!p\x1b[?5l\x1b[?7h\x1b[?25h\x1b[?69l\x1b[0m\x1b(B\x0f\x1b[0 q";
constexpr std::string_view clear_screen = "\x1b[H\x1b[2J";

std::string size_request(wire::terminal_size size)
{
    return "\x1b[8;" + std::to_string(size.rows) + ';' + std::to_string(size.columns) + 't';
}

class terminal_player {
public:
    terminal_player(playback& playback, const clock& clock, const terminal_setup& setup)
        : playback_(playback), clock_(clock), raw_(setup.raw), output_(setup.output),
          keyboard_(setup.input), first_size_(output_.size())
    {}

    result<void> run();

private:
    void obey(const player_action& action);
    void restore();
    result<void> wait(int milliseconds);
    result<void> write_some();
    void read_keys();

    playback& playback_;
    const clock& clock_;
    bool raw_;
    signal_descriptor signals_;
    output_descriptor output_;
    raw_keyboard keyboard_;
    player_keys keys_;
    std::optional<wire::terminal_size> first_size_;
    screen::terminal_filter filter_;
    std::string pending_; ///< not yet written; at most one action's bytes
    std::string unused_;  ///< what the filter would have passed, when it is not asked
    bool quit_ = false, sized_ = false;
};

int until(monotonic_time due, monotonic_time now)
{
    // Rounded up: a wait that ends early would turn into a loop of empty ones.
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - now).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

result<void> terminal_player::run()
{
    error_code fault;
    while (!quit_) {
        auto action = playback_.next(clock_.monotonic_now());
        if (!action) fault = action.error();
        if (!action || action->what == player_action::kind::finished) break;
        obey(*action);
        while (!pending_.empty() && !quit_) {
            if (auto waited = wait(-1); !waited) return waited;
        }
        int pause = 0;
        if (action->what == player_action::kind::wait_key) pause = -1;
        if (action->what == player_action::kind::wait)
            pause = until(action->until, clock_.monotonic_now());
        if (auto waited = wait(pause); !waited) return waited;
    }
    restore();
    if (fault) return fault;
    return {};
}

void terminal_player::obey(const player_action& action)
{
    switch (action.what) {
    case player_action::kind::write: {
        // The filter also runs for raw output: it knows the screen in use.
        filter_.filter(as_text(action.bytes), raw_ ? unused_ : pending_);
        if (raw_) pending_.append(as_text(action.bytes));
        unused_.clear();
        return;
    }
    case player_action::kind::set_size:
        if (!output_.is_terminal()) return;
        sized_ = true;
        pending_.append(size_request(action.size));
        return;
    case player_action::kind::clear:
        if (!output_.is_terminal()) return;
        if (filter_.on_alternate_screen()) pending_.append(leave_alternate_screen);
        pending_.append(usual_drawing).append(clear_screen);
        return;
    default: return;
    }
}

void terminal_player::restore()
{
    pending_.clear();
    if (!raw_ && !quit_) filter_.finish(pending_);
    if (output_.is_terminal()) {
        if (filter_.on_alternate_screen()) pending_.append(leave_alternate_screen);
        pending_.append(usual_drawing);
        if (sized_ && first_size_) pending_.append(size_request(*first_size_));
        pending_.append("\r\n");
    }
    // A terminal that takes nothing for a second is given up on.
    for (int tries = 0; tries < 10 && !pending_.empty(); ++tries) {
        pollfd writable{output_.handle(), POLLOUT, 0};
        ::poll(&writable, 1, 100);
        if (!write_some()) return;
    }
}

/// Until the time has passed (-1: no end), a key or signal came, or something could be written.
result<void> terminal_player::wait(int milliseconds)
{
    pollfd watched[] = {{signals_.handle(), POLLIN, 0}, {keyboard_.handle(), POLLIN, 0},
        {pending_.empty() && milliseconds >= 0 ? -1 : output_.handle(),
            static_cast<short>(pending_.empty() ? 0 : POLLOUT), 0}};
    const int ready = ::poll(watched, std::size(watched), milliseconds);
    if (ready < 0 && errno != EINTR) return errc::io_error;
    if (ready <= 0) return {};
    if (watched[0].revents != 0) quit_ = true;
    if (watched[1].revents != 0) read_keys();
    if (watched[2].revents == 0) return {};
    if (pending_.empty()) return errc::closed; // the reader of a pipe went away
    return write_some();
}

result<void> terminal_player::write_some()
{
    const auto put = ::write(output_.handle(), pending_.data(), pending_.size());
    if (put >= 0) {
        pending_.erase(0, static_cast<std::size_t>(put));
        return {};
    }
    if (errno == EINTR || errno == EAGAIN) return {};
    return errc::closed;
}

void terminal_player::read_keys()
{
    char bytes[64];
    const auto got = ::read(keyboard_.handle(), bytes, sizeof bytes);
    if (got <= 0 && errno != EINTR) quit_ = true; // the terminal is gone
    if (got <= 0) return;
    for (const auto key : keys_.feed({bytes, static_cast<std::size_t>(got)})) {
        if (key == player_key::quit) quit_ = true;
        playback_.press(key, clock_.monotonic_now());
    }
}

} // namespace

result<void> play_on_terminal(playback& playback, const clock& clock, const terminal_setup& setup)
{
    return terminal_player(playback, clock, setup).run();
}

} // namespace verbatim::replay
