#pragma once
// The leg seam: one side of a session, seen as a stream of events. An SSH channel is one, a
// Kubernetes exec stream another.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace verbatim::net {

enum class data_stream : std::uint8_t { input, output, error };

struct data_event {
    data_stream stream;
    byte_view bytes;
};
struct pty_event {
    std::string_view term;
    std::uint32_t columns, rows;
};
enum class start_kind : std::uint8_t {
    shell,
    exec, ///< a command line, or a list of arguments (Kubernetes)
    subsystem,
    attach, ///< to what runs already (Kubernetes)
    forward ///< a forwarded connection: input and output are its two directions
};
struct start_event {
    start_kind kind;
    /// exec: command line, subsystem: name, forward: where to ("port 8080").
    std::string_view command;
    /// exec of a list of arguments; `command` is then empty.
    std::span<const std::string> arguments = {};
};
struct resize_event {
    std::uint32_t columns, rows;
};
struct env_event {
    std::string_view name, value;
};
struct signal_event {
    std::string_view name;
};
struct end_of_file_event {
    data_stream stream = data_stream::output; ///< SSH has one end for all of a side's streams
};
/// `status`: the words of the target itself, for legs of its kind; may be empty.
struct exit_status_event {
    std::uint32_t code;
    std::string_view status = {};
};
/// The target could not run it, or lost it; no exit status follows.
struct failure_event {
    std::string_view message;
    std::string_view status = {}; ///< as above
};
struct exit_signal_event {
    std::string_view name;
};
/// The side has closed; nothing follows.
struct close_event {};
/// Anything else that is passed on as it came: env, replies, windows, break.
struct other_event {
    std::string_view name;
};

using event_body = std::variant<data_event, pty_event, start_event, resize_event, signal_event,
    env_event, end_of_file_event, exit_status_event, exit_signal_event, failure_event, close_event,
    other_event>;

/// The packet an event came in, known only to legs of its own kind: delivering to such a leg moves
/// the packet; to any other, the body is written anew.
class packet_carrier {
protected:
    ~packet_carrier() = default;
};

/// Valid, with all it refers to, until the next call of next() or until it is delivered.
struct leg_event {
    event_body body;
    packet_carrier* carrier = nullptr; ///< null: made by the proxy itself
    /// Made by the proxy, of bytes that the other side has sent within this side's window: they do
    /// not count as the proxy's own.
    bool within_window = false;
};

/// Thread: the session's loop. Calls of next() follow one another; deliver() may run meanwhile.
class leg {
public:
    virtual ~leg() = default;

    /// The next event of this side.
    /// Errors: errc::closed when the connection is gone, errc::cancelled after close().
    /// Not calling it is the back-pressure: the peer is not read further.
    [[nodiscard]] virtual boost::asio::awaitable<result<leg_event>> next() = 0;

    /// Sends an event of the other side to this one; completes when it is queued within bounds.
    [[nodiscard]] virtual boost::asio::awaitable<result<void>> deliver(const leg_event& event) = 0;

    /// The session takes no more from this side: what it still sends is dropped, so that it holds
    /// up nothing else of its connection.
    virtual void stop_reading() = 0;

    /// Tells the human at this side one line (a client's standard error). May do nothing.
    virtual void notice(std::string_view line) = 0;

    /// Shows text of the proxy's own on this side's terminal, in order with the target's output; a
    /// side that has no room for it may leave it out.
    [[nodiscard]] virtual boost::asio::awaitable<result<void>> show(std::string_view text)
    {
        const leg_event event{data_event{data_stream::output, as_bytes(text)}};
        auto delivering = deliver(event);
        co_return co_await std::move(delivering);
    }

    /// The start is held back, and the client's keys shall come all the same: a side that gives the
    /// client no window before the start gives it a little. What comes is for nobody.
    virtual void read_before_start() {}

    /// How many bytes of the proxy's own may be delivered to this side now, beside what the other
    /// side is let to send.
    virtual std::size_t own_room() const { return SIZE_MAX; }

    /// Ends this side: a client gets `exit_status`, a target a hang-up. Wakes next(). Idempotent.
    virtual void close(std::uint32_t exit_status) = 0;
};

} // namespace verbatim::net
