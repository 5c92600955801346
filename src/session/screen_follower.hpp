#pragma once

#include <verbatim/base/bytes.hpp>
#include <verbatim/wire/events.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <string>

namespace verbatim::session {

/// Follows what a terminal shows, so that who joins late can be painted the present screen. The
/// emulator is not on the session's loop: output waits here in blocks, which a painter thread takes
/// when they are large, or when a screen is asked for. Each session gets its turn there; one whose
/// output cannot be drawn in time loses some of it, and its screen begins anew, empty.
/// Thread: the session's loop.
class screen_follower {
public:
    /// `painter`: where the emulator runs; any number of threads.
    screen_follower(boost::asio::any_io_executor painter, wire::terminal_size size);
    ~screen_follower();
    screen_follower(const screen_follower&) = delete;
    screen_follower& operator=(const screen_follower&) = delete;

    void output(byte_view bytes);
    void resized(wire::terminal_size size);

    /// Gives `done`, on the painter's thread, the bytes that bring a terminal to the screen that
    /// all output so far has made.
    void paint(std::function<void(std::string screen)> done);

private:
    struct emulation;
    void hand_over();

    std::shared_ptr<emulation> emulation_; // shared with what was posted
    byte_buffer block_;                    // not yet handed over
    bool gap_ = false;                     // what would have come before it is lost
};

} // namespace verbatim::session
