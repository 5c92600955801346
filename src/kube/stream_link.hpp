#pragma once

#include "kube/output_queue.hpp"
#include "kube/stream_factory.hpp"

#include <verbatim/net/deadline.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <span>

namespace verbatim::kube {

/// What a SPDY and a WebSocket connection have in common: reading with fairness, the queue of
/// output, one periodic duty, and the end. Thread: the stream's loop.
class stream_link {
public:
    /// What the end waits for a peer that reads nothing: as long as a person may leave a pager
    /// alone. Whoever has less time closes the stream.
    static constexpr std::chrono::minutes patience{10};

    stream_link(upgraded on, logger& log);

    output_queue& out() noexcept { return out_; }
    const output_queue& out() const noexcept { return out_; }
    boost::asio::any_io_executor executor() { return stream_.executor(); }

    /// What has been read and not been taken; valid until taken() and more().
    std::span<std::byte> input() noexcept { return buffered_.available(); }
    void taken(std::size_t count) noexcept { buffered_.consume(count); }
    /// Waits for more input. Errors: errc::closed: the connection has ended, in whatever way;
    /// errc::cancelled after close() or finish().
    [[nodiscard]] boost::asio::awaitable<result<void>> more();
    /// Somebody waits in more(): the peer is being read.
    bool is_reading() const noexcept { return reading_; }

    /// Calls `duty` again and again until the end. Once.
    void every(std::chrono::milliseconds interval, std::function<void()> duty);

    /// Sends what is queued and says that nothing follows, while input is read and dropped: to
    /// close a socket with unread input would destroy output on its way. Then close(), and waits
    /// for all coroutines; must be awaited before the destruction. May be called again.
    [[nodiscard]] boost::asio::awaitable<void> finish(std::chrono::milliseconds stalled);

    /// At once. Idempotent.
    void close();
    bool is_over() const noexcept { return closed_ || finishing_; }

private:
    boost::asio::awaitable<result<void>> fill();
    boost::asio::awaitable<void> discard();
    boost::asio::awaitable<void> keep(std::function<void()> duty);
    boost::asio::awaitable<void> part(std::chrono::milliseconds stalled);
    boost::asio::awaitable<void> change();
    void peer_is_gone();

    net::byte_stream& stream_;
    buffered_reader& buffered_;
    output_queue out_;
    std::size_t unyielded_ = 0;
    bool reading_ = false, peer_gone_ = false, finishing_ = false, finished_ = false;
    bool closed_ = false, has_duty_ = false, stream_finished_ = false;
    std::chrono::milliseconds interval_{};
    boost::asio::steady_timer tick_, changed_;
    std::optional<net::deadline> impatience_;
    net::task_group tasks_;
};

} // namespace verbatim::kube
