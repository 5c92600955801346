#include "session/screen_follower.hpp"

#include <verbatim/screen/emulator.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <optional>
#include <utility>
#include <variant>

namespace verbatim::session {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

// One post for so much, so that who types wakes no second thread.
constexpr std::size_t block_bytes = 64 * 1024;
// Of output that the emulator has not seen. Above, it misses some and begins anew.
constexpr std::size_t most_behind = 8 * 1024 * 1024;
// The same in processor time: who joins must not wait for a flood of what is dear to draw.
constexpr std::chrono::seconds most_work{2};
// Then it is the next session's turn.
constexpr std::chrono::milliseconds time_slice{5};
// Of the emulator's work, between two looks at the clock.
constexpr std::size_t cells_at_once = 50'000;

std::chrono::nanoseconds processor_time()
{
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

constexpr int bounded(std::uint32_t columns_or_rows)
{
    return static_cast<int>(std::min<std::uint32_t>(columns_or_rows, 65535));
}

} // namespace

// Thread: the strand's, but for what is said otherwise.
struct screen_follower::emulation : std::enable_shared_from_this<emulation> {
    emulation(const asio::any_io_executor& painter, wire::terminal_size size)
        : strand(asio::make_strand(painter)), size_(size)
    {}

    struct block {
        byte_buffer bytes;
        bool after_gap = false; // some output before it is missing
        std::size_t done = 0;
    };
    using painted = std::function<void(std::string)>;
    using work = std::variant<block, wire::terminal_size, painted>;

    // From the session's loop.
    void ask(work what)
    {
        asio::post(strand, [self = shared_from_this(), what = std::move(what)]() mutable {
            self->work_.push_back(std::move(what));
            if (!std::exchange(self->busy_, true)) self->go_on();
        });
    }

    asio::strand<asio::any_io_executor> strand;
    std::atomic<std::size_t> behind{0}; // bytes asked to draw, not drawn yet; any thread

private:
    void go_on()
    {
        const auto until = steady_clock::now() + time_slice;
        const auto began = processor_time();
        while (!work_.empty() && steady_clock::now() < until) {
            try {
                if (do_some(work_.front(), until)) work_.pop_front();
            } catch (const std::exception&) { // of memory
                emulator_.reset();
                give_up(work_.front());
                work_.pop_front();
            }
        }
        busy_ = !work_.empty();
        used_ = busy_ ? used_ + (processor_time() - began) : std::chrono::nanoseconds::zero();
        if (busy_) asio::post(strand, [self = shared_from_this()] { self->go_on(); });
    }

    void give_up(work& what)
    {
        if (const auto* more = std::get_if<block>(&what)) behind -= more->bytes.size();
        else if (auto* done = std::get_if<painted>(&what)) (*done)({}); // he waits for it
    }

    // True: it is done.
    bool do_some(work& what, steady_clock::time_point until)
    {
        if (auto* more = std::get_if<block>(&what)) return draw(*more, until);
        if (const auto* size = std::get_if<wire::terminal_size>(&what)) {
            size_ = *size;
            if (emulator_) emulator_->resize(bounded(size_.columns), bounded(size_.rows));
        } else {
            std::get<painted>(what)(emulator().paint());
        }
        return true;
    }

    bool draw(block& more, steady_clock::time_point until)
    {
        if (more.after_gap && more.done == 0) emulator_.reset();
        const bool late = used_ > most_work;
        if (late) emulator_.reset(); // what came before must not stay as if it were the present
        if (!late && !draw_pieces(more, until)) return false;
        behind -= more.bytes.size();
        return true;
    }

    bool draw_pieces(block& more, steady_clock::time_point until)
    {
        const auto all = byte_view(more.bytes);
        while (more.done < all.size()) {
            more.done += emulator().feed_some(all.subspan(more.done), cells_at_once);
            if (steady_clock::now() >= until) break;
        }
        return more.done == all.size();
    }

    // Of a session that nobody joins, and that says little, it is never made.
    screen::emulator& emulator()
    {
        if (!emulator_) emulator_.emplace(bounded(size_.columns), bounded(size_.rows));
        return *emulator_;
    }

    wire::terminal_size size_;
    std::optional<screen::emulator> emulator_;
    std::deque<work> work_;
    std::chrono::nanoseconds used_{0}; // since there was nothing to do
    bool busy_ = false;
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
    if (emulation_->behind > most_behind) {
        block_.clear();
        gap_ = true;
        return;
    }
    emulation_->behind += block_.size();
    emulation_->ask(emulation::block{std::exchange(block_, {}), std::exchange(gap_, false)});
}

void screen_follower::resized(wire::terminal_size size)
{
    hand_over();
    emulation_->ask(size);
}

void screen_follower::paint(std::function<void(std::string)> done)
{
    hand_over();
    // What was lost last must not look as if it were still there.
    if (std::exchange(gap_, false)) emulation_->ask(emulation::block{{}, true});
    emulation_->ask(std::move(done));
}

} // namespace verbatim::session
