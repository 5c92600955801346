#pragma once

#include "ssh/engine.hpp"
#include "ssh/loop_buffers.hpp"
#include "ssh/packet_source.hpp"

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>
#include <verbatim/ssh/connection.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <span>
#include <string>

namespace verbatim::ssh {

/// One SSH transport over one socket: an engine without I/O, and the reading and writing around
/// it. Thread: its loop. run_writer() must be joined before this is destroyed.
class transport final : public packet_source {
public:
    /// Bytes that wait for the socket. Above: the other side is not read until it falls below half.
    static constexpr std::size_t output_high_water = 256 * 1024;
    /// What may wait at most: before the login, and after it (libssh lets go of what it held back
    /// during a key exchange at once). One byte more ends the connection.
    static constexpr std::size_t output_limit_before_login = 256 * 1024;
    static constexpr std::size_t output_limit = 64 * 1024 * 1024;

    /// `options.write` and `options.user` are set here. `buffers` outlives this.
    transport(stream_socket socket, verbatim_engine_options options, loop_buffers& buffers);
    ~transport();
    transport(const transport&) = delete;
    transport& operator=(const transport&) = delete;

    /// Sends our identification. Errors: errc::ssh_transport.
    [[nodiscard]] result<void> start();

    /// Takes exactly one packet of the peer, reading when none is there. Then look at phase(),
    /// engine() or message().
    /// Errors: errc::closed, errc::ssh_transport (see error_text()).
    /// Cancel: close() ends it with errc::closed.
    [[nodiscard]] boost::asio::awaitable<result<void>> step();

    /// The connection message of the last step, from the message number on; empty if it brought
    /// none. Valid until the next step or forward.
    std::span<std::byte> message() override;

    [[nodiscard]] result<void> send(byte_view payload);
    /// Sends what message() shows to `to`, moving the packet if it is large.
    [[nodiscard]] result<void> forward_to(transport& to) override;
    /// SSH_MSG_DISCONNECT with a reason code of RFC 4253, section 11.1.
    void disconnect(std::uint32_t reason, const std::string& text);

    /// Offers waiting bytes to the socket at once; what it does not take is run_writer()'s.
    void flush();
    /// Writes what flush() left, until close(). Spawn once.
    boost::asio::awaitable<void> run_writer();
    /// Completes when all output is with the socket, or the connection is gone.
    boost::asio::awaitable<void> drained();

    /// Ends reading and writing now.
    void close();

    verbatim_engine* engine() const noexcept { return engine_.get(); }
    verbatim_phase phase() const noexcept { return ::verbatim_engine_phase(engine_.get()); }
    bool rekeying() const noexcept { return ::verbatim_engine_rekeying(engine_.get()) != 0; }
    bool is_closed() const noexcept { return closed_; }
    std::size_t output_waiting() const noexcept { return output_.size() - written_; }
    std::string error_text() const;
    boost::asio::any_io_executor executor() { return socket_.get_executor(); }

    /// Called when output_waiting() has fallen or rekeying() has changed.
    std::function<void()> on_change;

    /// Called before step() waits for more input: the moment to flush what its packets led to.
    std::function<void()> before_read;

    /// For loop_buffers: keep what the scratch still holds for us, somebody else needs it now.
    void stash_scratch();

private:
    static int write_callback(void* user, const void* data, std::size_t size) noexcept;
    result<void> feed_once(bool& fed);
    boost::asio::awaitable<result<void>> read_more();
    void note_rekeying();
    bool write_some();

    stream_socket socket_;
    loop_buffers& buffers_;
    engine_handle engine_;

    // Input: [begin_, end_) of the loop's scratch while we own it, else of stash_.
    byte_buffer stash_;
    std::size_t begin_ = 0, end_ = 0;
    std::size_t unyielded_ = 0; // read since the loop's other work last had its turn

    byte_buffer output_;
    std::size_t written_ = 0;
    boost::asio::steady_timer output_added_; // cancelled to wake the writer
    boost::asio::steady_timer output_gone_;  // cancelled to wake drained()
    bool was_rekeying_ = false;
    bool writer_busy_ = false;
    bool closed_ = false;
    bool overflowed_ = false; // output_limit was reached
    bool emptied_ = false;    // the last read took all there was: wait before the next
};

} // namespace verbatim::ssh
