#include "session/screen_follower.hpp"

#include <verbatim/screen/emulator.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <atomic>
#include <optional>
#include <utility>

namespace verbatim::session {

namespace asio = boost::asio;

namespace {

// One post for so much, so that who types wakes no second thread.
constexpr std::size_t block_bytes = 64 * 1024;
// Of output that the emulator has not seen. Above, it misses the oldest and begins anew.
constexpr std::size_t most_behind = 8 * 1024 * 1024;

} // namespace

struct screen_follower::emulation {
    emulation(const asio::any_io_executor& painter, wire::terminal_size size)
        : strand(asio::make_strand(painter)), first_size(size)
    {}

    // The emulator of a session that nobody joins, and that says little, is never made.
    screen::emulator& get()
    {
        if (!emulator)
            emulator.emplace(
                static_cast<int>(first_size.columns), static_cast<int>(first_size.rows));
        return *emulator;
    }

    asio::strand<asio::any_io_executor> strand;
    const wire::terminal_size first_size;
    std::optional<screen::emulator> emulator; // the strand's
    std::atomic<std::size_t> behind{0};
};

screen_follower::screen_follower(asio::any_io_executor painter, wire::terminal_size size)
    : emulation_(std::make_shared<emulation>(painter, size))
{}

screen_follower::~screen_follower() = default;

void screen_follower::output(byte_view bytes)
{
    append(block_, bytes);
    if (block_.size() >= block_bytes) hand_over();
}

void screen_follower::hand_over()
{
    if (block_.empty()) return;
    if (emulation_->behind > most_behind) { // a full reset of the terminal takes its place
        block_.clear();
        append(block_, as_bytes(std::string_view("\033c")));
    }
    emulation_->behind += block_.size();
    asio::post(emulation_->strand, [to = emulation_, block = std::exchange(block_, {})] {
        to->get().feed(block);
        to->behind -= block.size();
    });
}

void screen_follower::resized(wire::terminal_size size)
{
    hand_over();
    asio::post(emulation_->strand, [to = emulation_, size] {
        to->get().resize(static_cast<int>(size.columns), static_cast<int>(size.rows));
    });
}

void screen_follower::paint(std::function<void(std::string)> done)
{
    hand_over();
    asio::post(
        emulation_->strand, [to = emulation_, done = std::move(done)] { done(to->get().paint()); });
}

} // namespace verbatim::session
