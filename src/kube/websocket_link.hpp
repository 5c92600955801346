#pragma once

#include "kube/stream_link.hpp"

#include <verbatim/wire/websocket.hpp>

#include <array>

namespace verbatim::kube {

using wire::websocket::role;

/// One WebSocket: messages in as they arrive, whole messages out, pings by itself. Towards a client
/// that is not being read it sends a pong now and then: pongs alone move kubectl's read deadline.
/// Source: RFC 6455. Thread: the stream's loop.
class websocket_link {
public:
    websocket_link(upgraded on, role ours, std::chrono::milliseconds ping_interval, logger& log);

    /// The next piece of a message, valid until the next call.
    /// Errors: errc::closed, errc::cancelled as stream_link; errc::closed also when the peer has
    /// sent Close (peer_closed()); errc::malformed, errc::out_of_range: cannot be read further.
    [[nodiscard]] boost::asio::awaitable<result<wire::websocket::message_piece>> next();
    bool peer_closed() const noexcept { return peer_closed_; }

    /// Queues one unfragmented message and never waits.
    void message(wire::websocket::opcode kind, byte_view first, byte_view rest);
    /// Nothing is sent behind it.
    void close_frame(wire::websocket::close_code code);

    output_queue& out() noexcept { return link_.out(); }
    const output_queue& out() const noexcept { return link_.out(); }
    stream_link& link() noexcept { return link_; }

private:
    void append_frame(wire::websocket::opcode kind, byte_view first, byte_view rest);
    wire::websocket::mask_key fresh_key();
    void stay_awake();

    stream_link link_;
    wire::websocket::frame_reader reader_;
    role ours_;
    std::array<std::byte, 256> random_{};
    std::size_t random_used_ = 256;
    std::size_t given_ = 0; // bytes of the input that the last piece lay in
    bool peer_closed_ = false, close_sent_ = false;
    error_code broken_;
};

} // namespace verbatim::kube
