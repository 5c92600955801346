#pragma once
// A running session as those outside it see it.

#include <verbatim/base/clock.hpp>
#include <verbatim/base/ids.hpp>
#include <verbatim/net/leg.hpp>
#include <verbatim/wire/events.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace verbatim::session {

/// What a session is, how far it has come, and the way to end it from outside. Whoever starts the
/// session makes it and gives it to run_session() in the facts; others may keep it as long as they
/// like. Thread: any, where nothing else is said.
class live_session : public std::enable_shared_from_this<live_session> {
public:
    /// `header`: user, login, target and connection. `loop`: the session's.
    live_session(session_id id, wire::event_header header, boost::asio::any_io_executor loop);

    const session_id& id() const noexcept { return id_; }
    const wire::event_header& header() const noexcept { return header_; }

    struct progress {
        bool started = false; ///< false: nothing below but the bytes holds yet
        net::start_kind kind = net::start_kind::shell;
        std::string command; ///< exec, subsystem and forward; the client's own text
        std::optional<wire::terminal_size> size;
        wall_time since{};
        std::uint64_t to_client = 0, from_client = 0; ///< bytes
    };
    progress now() const;

    /// Ends it, as soon as its loop has time: `line` goes to its users and is the reason in
    /// session.end. Without effect on a session that is over; of several calls the first counts.
    void end(std::string line);

    // --- for the session itself, on its loop ---

    void began(net::start_kind kind, std::string command, wall_time since);
    void resized(wire::terminal_size size);
    void passed_to_client(std::uint64_t bytes) noexcept { to_client_ += bytes; }
    void passed_from_client(std::uint64_t bytes) noexcept { from_client_ += bytes; }
    /// What end() does; null once the session is over.
    void on_end(std::function<void(const std::string& line)> act) { act_ = std::move(act); }

private:
    const session_id id_;
    const wire::event_header header_;
    const boost::asio::any_io_executor loop_;
    std::function<void(const std::string&)> act_; // the loop's alone
    mutable std::mutex guard_;
    progress progress_; // but for the bytes
    std::atomic<std::uint64_t> to_client_{0}, from_client_{0};
};

} // namespace verbatim::session
