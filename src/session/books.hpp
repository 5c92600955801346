#pragma once

#include "session/file_watch.hpp"

#include <verbatim/session/session.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace verbatim::session {

/// A session's two books, its recording and its lines in the audit log, kept in step.
/// Thread: the session's loop.
class books {
public:
    books(session_facts facts, session_services services);

    /// The pty asked for before the start.
    void set_terminal(wire::terminal_size size);
    /// A variable for the session's start event.
    /// Errors: errc::limit_reached: more than the event holds, so that it would pass unrecorded.
    [[nodiscard]] result<void> add_environment(std::string_view name, std::string_view value);
    bool has_terminal() const noexcept { return size_.has_value(); }
    bool started() const noexcept { return started_; }
    /// Not empty: why it may not start, or go on, since a file would pass that is not permitted.
    std::string refusal() const { return files_ ? files_->refusal() : std::string(); }
    bool is_forward() const noexcept { return started_ && kind_ == net::start_kind::forward; }

    /// Opens the recording and commits session.start. Once it completes without error both are
    /// durable. Errors: errc::disk_full, errc::io_error, errc::recording_failed,
    /// errc::audit_failed; errc::access_denied: refusal() says why.
    /// `command` and `arguments` are a net::start_event's.
    [[nodiscard]] boost::asio::awaitable<result<void>> begin(
        net::start_kind kind, std::string command, std::vector<std::string> arguments);

    /// Records bytes; waits while the recorder is full.
    /// Errors: errc::recording_failed and the like, errc::access_denied: refusal() says why. In
    /// best-effort mode it goes on without a recording.
    /// `party`: who typed them; empty: the session's own user.
    /// What goes on: these bytes, or as many others, in place of a request that is not permitted;
    /// valid until the next call for the same direction.
    [[nodiscard]] boost::asio::awaitable<result<byte_view>> from_client(
        byte_view bytes, std::string_view party);
    [[nodiscard]] boost::asio::awaitable<result<byte_view>> from_target(
        net::data_stream stream, byte_view bytes);
    /// As file_watch::take_warning().
    std::string take_warning() { return files_ ? files_->take_warning() : std::string(); }
    [[nodiscard]] boost::asio::awaitable<result<void>> resized(wire::terminal_size size);
    /// session.join and session.leave in both books. `skips`: how often it was skipped forward.
    /// `who` lives until they complete.
    [[nodiscard]] boost::asio::awaitable<result<void>> joined(const party_facts& who);
    [[nodiscard]] boost::asio::awaitable<result<void>> left(
        const party_facts& who, std::uint64_t skips);
    /// Who else than the session's user has taken part.
    void add_participants(const std::vector<std::string>& users);

    void exited(std::uint32_t status) { exit_code_ = std::to_string(status); }
    void killed_by(std::string_view signal);
    /// The target could not run it, or lost it.
    void failed(std::string_view message);
    /// The target has said how it ended; only the rest of its output may follow.
    bool target_is_done() const noexcept { return !exit_code_.empty() || !exit_error_.empty(); }

    /// Why the end is not the usual one, as far as the target said; empty after an exit status.
    std::string odd_exit() const;

    /// Finishes the recording and commits session.end with what belongs to it. Logs what fails.
    boost::asio::awaitable<void> end(std::string reason);

    /// A session that did not start: session.rejected, once.
    void reject(std::string reason);

private:
    wire::event_header header(std::int64_t index) const;
    /// The next index of the session, for an event of the audit log.
    wire::event_header next_header() const;
    std::vector<std::string> initial_command() const;
    bool keeps(wire::stream_tag stream) const;
    [[nodiscard]] boost::asio::awaitable<result<void>> print(
        wire::stream_tag stream, byte_view bytes, std::string_view party = {});
    /// An event for both books.
    boost::asio::awaitable<result<void>> record_and_post(wire::event event);
    wire::event_header header_of(const party_facts& who) const;
    void observe_files();
    boost::asio::awaitable<void> note_files(std::vector<wire::event> passed);
    /// Errors: errc::access_denied: refusal() says why.
    [[nodiscard]] boost::asio::awaitable<result<byte_view>> watch_files(
        files::direction way, byte_view bytes);
    void post_forward(wire::port_forward::state what, std::string error = {});
    boost::asio::awaitable<result<void>> record_event(const wire::event& event);
    boost::asio::awaitable<result<void>> open_recording(const wire::session_start& start);
    bool is_recording() const noexcept { return recorder_ && !failure_; }
    /// The error to pass on, or none where best effort says to go on.
    result<void> recorder_failed(error_code error);
    /// As above, for what comes after the failure.
    result<void> unrecorded() const;
    void post(wire::event event);
    wire::session_end make_end(std::string reason);

    session_facts facts_;
    session_services services_;
    session_id id_;
    // Kept to the end even if it fails: the other direction may be waiting in it for room.
    std::unique_ptr<record::recorder> recorder_;
    error_code failure_;                   // of the recorder, the first
    std::vector<std::string> environment_; // "NAME=value"
    std::size_t environment_bytes_ = 0;
    std::optional<wire::terminal_size> size_;
    bool started_ = false, rejected_ = false;
    net::start_kind kind_ = net::start_kind::shell;
    std::string command_; // of arguments: as a shell would need them
    std::vector<std::string> arguments_;
    std::optional<file_watch> files_;     // of a command that transfers files
    byte_buffer edited_up_, edited_down_; // what goes on where not all is permitted
    std::size_t files_told_ = 0;
    wall_time started_at_{};
    std::string exit_code_, exit_error_, recording_trouble_;
    std::vector<std::string> participants_; // beside the session's user
    std::uint64_t to_client_ = 0, from_client_ = 0;
};

} // namespace verbatim::session
