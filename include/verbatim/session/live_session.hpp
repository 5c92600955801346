#pragma once
// A running session as those outside it see it.

#include <verbatim/base/clock.hpp>
#include <verbatim/base/ids.hpp>
#include <verbatim/net/leg.hpp>
#include <verbatim/policy/session_sharing.hpp>
#include <verbatim/wire/events.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace verbatim::session {

class party;

/// A running session, for those who are not in it yet. Thread: the session's loop.
class session_desk {
public:
    virtual ~session_desk() = default;

    /// Ends it: `line` goes to its users and is the reason in session.end.
    virtual void end(const std::string& line) = 0;
    virtual void join(std::shared_ptr<party> who) = 0;
    virtual void leave(std::shared_ptr<party> who) = 0;
    virtual void type(std::shared_ptr<party> who, std::string bytes) = 0;
    virtual void resize(std::shared_ptr<party> who, wire::terminal_size size) = 0;
    virtual void pause(std::shared_ptr<party> who, bool paused) = 0;
    virtual void terminate(std::shared_ptr<party> who) = 0;
    virtual void paint(std::shared_ptr<party> who) = 0;
};

/// What a session is, how far it has come, and the way to end it from outside. Whoever starts the
/// session makes it and gives it to run_session() in the facts; others may keep it as long as they
/// like. Thread: any, where nothing else is said.
class live_session : public std::enable_shared_from_this<live_session> {
public:
    /// `header`: user, login, target and connection. `loop`: the session's.
    live_session(session_id id, wire::event_header header, boost::asio::any_io_executor loop,
        policy::session_kind kind = policy::session_kind::ssh,
        std::vector<std::string> owner_roles = {});

    const session_id& id() const noexcept { return id_; }
    const wire::event_header& header() const noexcept { return header_; }
    policy::session_kind kind() const noexcept { return kind_; }
    /// All roles of its user, by which others may join.
    const std::vector<std::string>& owner_roles() const noexcept { return owner_roles_; }

    struct progress {
        bool started = false; ///< false: nothing below but the bytes holds yet
        net::start_kind kind = net::start_kind::shell;
        std::string command; ///< exec, subsystem and forward; the client's own text
        std::optional<wire::terminal_size> size;
        wall_time since{};
        std::uint64_t to_client = 0, from_client = 0; ///< bytes
        std::uint32_t parties = 0;                    ///< who have joined
        std::string state = "starting";               ///< pending, running, paused
    };
    progress now() const;

    /// Ends it, as soon as its loop has time: `line` goes to its users and is the reason in
    /// session.end. Without effect on a session that is over; of several calls the first counts.
    void end(std::string line);

    /// Joins it, as soon as its loop has time. A session that is over, or that cannot be joined,
    /// ends the party. The rest is for those who have joined, in any order; of others, and of
    /// sessions that are over, it is ignored.
    void join(std::shared_ptr<party> who);
    void leave(std::shared_ptr<party> who);
    void type(std::shared_ptr<party> who, std::string bytes);
    void resize(std::shared_ptr<party> who, wire::terminal_size size);
    void pause(std::shared_ptr<party> who, bool paused);
    /// Ends it, if he moderates it.
    void terminate(std::shared_ptr<party> who);
    void repaint(std::shared_ptr<party> who);

    // --- for the session itself, on its loop ---

    void began(net::start_kind kind, std::string command, wall_time since);
    void resized(wire::terminal_size size);
    void passed_to_client(std::uint64_t bytes) noexcept { to_client_ += bytes; }
    void passed_from_client(std::uint64_t bytes) noexcept { from_client_ += bytes; }
    void is_shared_by(std::uint32_t parties, std::string state);
    /// `tell` is called, on the session's loop, whenever that was said and somebody has joined.
    void on_shared(std::function<void()> tell) { when_shared_ = std::move(tell); }
    /// Who does what is asked for above; null once the session is over.
    void opens_desk(session_desk* desk) { desk_ = desk; }

private:
    const session_id id_;
    const wire::event_header header_;
    template <class Act>
    void ask(Act act);

    const policy::session_kind kind_;
    const std::vector<std::string> owner_roles_;
    const boost::asio::any_io_executor loop_;
    session_desk* desk_ = nullptr;      // the loop's alone
    std::function<void()> when_shared_; // as above
    mutable std::mutex guard_;
    progress progress_; // but for the bytes
    std::atomic<std::uint64_t> to_client_{0}, from_client_{0};
};

} // namespace verbatim::session
