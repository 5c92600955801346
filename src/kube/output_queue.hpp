#pragma once

#include <verbatim/base/log.hpp>
#include <verbatim/net/byte_stream.hpp>
#include <verbatim/net/task_group.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>

namespace verbatim::kube {

/// Bytes on their way to a stream: frames are appended to one buffer, and a writer sends all that
/// has gathered in one go, so that small frames share a TLS record. While idle it holds no buffer.
/// Thread: the stream's loop. The stream outlives it. join() before the destruction.
class output_queue {
public:
    /// room() waits above this.
    static constexpr std::size_t high_water = 256 * 1024;
    /// What cannot wait (pongs, resets) may go up to here; then the stream is closed with
    /// errc::limit_reached.
    static constexpr std::size_t hard_limit = 4 * 1024 * 1024;

    output_queue(net::byte_stream& to, logger& log);

    /// Append whole frames to it, then say added(). Another call may move it.
    byte_buffer& buffer();
    void added();

    /// Completes when at most high_water bytes are queued, or `enough` has become true (and wake()
    /// told so), which stays in place. Any number may wait.
    /// Errors: what ended the stream; errc::cancelled after close().
    [[nodiscard]] boost::asio::awaitable<result<void>> room(const bool* enough = nullptr);

    /// Completes when all is sent; gives up when nothing moves for `stalled`.
    /// Errors: as room(), errc::timed_out.
    [[nodiscard]] boost::asio::awaitable<result<void>> drain(std::chrono::milliseconds stalled);

    std::size_t queued() const noexcept { return filling_.size() + in_flight_; }
    /// What ended it: no more is sent.
    error_code error() const noexcept { return error_; }
    /// Wakes everyone who waits in room(), to look again at what else may have changed.
    void wake() { changed_.cancel(); }

    /// Drops what is queued and closes the stream. Idempotent.
    void close();
    [[nodiscard]] boost::asio::awaitable<void> join();

private:
    boost::asio::awaitable<void> write_all();
    boost::asio::awaitable<void> change();
    void fail(error_code why);

    net::byte_stream& stream_;
    byte_buffer filling_, writing_;
    std::size_t in_flight_ = 0;
    std::uint64_t writes_ = 0;
    error_code error_;
    bool running_ = false;
    boost::asio::steady_timer changed_; // never expires: cancelled when there is news
    net::task_group tasks_;
};

/// Buffers that grew large, kept for the next burst of any connection of this loop's thread.
byte_buffer take_buffer();
void give_back(byte_buffer&& buffer);

} // namespace verbatim::kube
