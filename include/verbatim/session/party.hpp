#pragma once
// Somebody who has joined another user's session: what he is shown, and what he types.

#include <verbatim/net/waiter.hpp>
#include <verbatim/policy/session_sharing.hpp>
#include <verbatim/wire/events.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace verbatim::session {

struct party_facts {
    /// The joiner's user and connection; the rest of an event's header is the session's.
    wire::event_header header;
    std::vector<std::string> roles; ///< all of the user's, for require_session_join
    policy::party_mode mode = policy::party_mode::observer;
    wire::terminal_size terminal; ///< of a peer: bounds the session's size
};

/// A party between two loops: the session's, which shows, and the joiner's, which takes. What is
/// shown waits in a bounded mailbox; when it is full all of it is dropped, and the joiner is given
/// the present screen instead, so that nobody ever waits for a party.
class party : public std::enable_shared_from_this<party> {
public:
    using bytes = std::shared_ptr<const std::string>;
    static constexpr std::size_t mailbox_limit = 256 * 1024;

    party(party_facts who, boost::asio::any_io_executor loop);

    const party_facts& who() const noexcept { return who_; }
    const std::string& user() const noexcept { return who_.header.user.user; }

    // --- on the joiner's loop ---

    /// The next bytes for the joiner's terminal; null: it is over, see farewell().
    /// Cancel: end().
    [[nodiscard]] boost::asio::awaitable<bytes> next();
    /// Why it is over: a line for the joiner.
    std::string farewell() const;
    /// How often bytes were left out because the joiner did not take them.
    std::uint64_t skips() const noexcept { return skips_; }
    /// Completes when the session has taken what was typed last, or is over.
    [[nodiscard]] boost::asio::awaitable<void> typed_taken();
    /// Call with each piece that is handed to live_session::type().
    void typing() { ++typed_; }

    // --- on any thread; for the session ---

    void show(const bytes& more);
    /// A screen is being painted that has all that was shown so far.
    void forget_waiting();
    /// The whole screen, as asked for by `ask_for_paint`; replaces what waits.
    void paint(std::string screen);
    /// No more is shown. The first line counts.
    void end(std::string line);
    void took_typed();
    /// Set before the first show(): asks the session for a paint(), from the joiner's loop.
    void on_paint_needed(std::function<void()> ask);

private:
    void wake_later();

    const party_facts who_;
    const boost::asio::any_io_executor loop_;
    net::waiter shown_, taken_; // the joiner's loop's
    std::uint64_t typed_ = 0;   // as above
    std::uint64_t typed_seen_ = 0;

    mutable std::mutex guard_;
    std::deque<bytes> mailbox_;
    std::size_t waiting_bytes_ = 0;
    std::optional<bytes> screen_; // goes before the mailbox
    bool overflowed_ = false;     // the mailbox was dropped since the last paint was asked for
    bool painting_ = true;        // a paint was asked for; the first by joining
    bool over_ = false;
    bool wake_posted_ = false;
    std::string farewell_;
    std::function<void()> ask_for_paint_;
    std::atomic<std::uint64_t> skips_{0};
};

} // namespace verbatim::session
