#pragma once
// A remote command's channels over one connection, whatever transport carries them: the seam
// between the legs and SPDY or WebSocket.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>
#include <verbatim/wire/remote_command.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>

namespace verbatim::kube {

using wire::remote_command::channel;

/// Which channels a request asks for; `status` is always there.
struct channel_set {
    bool input = false, output = false, error = false, resize = false;
    static channel_set of(bool input, bool output, bool error, bool tty)
    {
        // With a terminal there is no error stream, whatever was asked (and sizes come instead).
        return {input, output, error && !tty, tty};
    }
};

struct channel_event {
    channel which;
    byte_view bytes; ///< valid until the next call of next()
    bool end;        ///< the peer sends nothing more on this channel
};

/// Thread: the connection's loop. next() and send() may run at the same time, each once.
class command_channels {
public:
    virtual ~command_channels() = default;

    virtual wire::remote_command::version protocol() const = 0;

    /// Makes the channels: a server's side waits until the client has opened exactly the set; a
    /// client's side opens them and waits until they are confirmed.
    /// Does nothing when they are open already.
    /// Errors: errc::timed_out, errc::malformed (others than the set, or one twice), errc::closed.
    [[nodiscard]] virtual boost::asio::awaitable<result<void>> open() = 0;

    /// An event of channel::close is the peer's orderly end of the whole. Answers pings by itself;
    /// what the peer sends when its status has passed is still told. Not calling it is the
    /// back-pressure. Errors: errc::closed, errc::malformed, errc::cancelled after close().
    [[nodiscard]] virtual boost::asio::awaitable<result<channel_event>> next() = 0;

    /// Completes when the bytes are queued within bounds. Data for a channel that the set lacks, or
    /// that has ended, is dropped; so is input once the cluster has sent its status. A server's
    /// status ends its output channels first.
    [[nodiscard]] virtual boost::asio::awaitable<result<void>> send(
        channel which, byte_view bytes) = 0;
    /// Bytes that are on their way to the peer, and have not left.
    virtual std::size_t queued() const = 0;
    /// Half-close. Does nothing where the protocol has no word for it (WebSocket before v5, and
    /// servers' side of WebSocket).
    [[nodiscard]] virtual boost::asio::awaitable<result<void>> end(channel which) = 0;

    /// The orderly end of this side, in the order in which Kubernetes does it (facts of a server:
    /// ends of output, then the status already sent, resets, GOAWAY or Close, then the
    /// connection). All that was queued is sent first, within a deadline of its own. Afterwards no
    /// coroutine of it runs: it must be awaited before the destruction, also after close().
    [[nodiscard]] virtual boost::asio::awaitable<void> finish() = 0;

    /// At once; next() and send() complete. Idempotent.
    virtual void close() = 0;
};

} // namespace verbatim::kube
