#pragma once

#include "kube/stream_link.hpp"

#include <verbatim/wire/spdy.hpp>
#include <verbatim/wire/websocket.hpp>

namespace verbatim::kube {

using wire::websocket::role;

/// One SPDY/3.1 connection: frames in, frames out, pings by itself. Writes nothing before the first
/// frame has come (server) or was asked for (client): what is glued to the 101 is lost at kubectl.
/// Source: SPDY Protocol Draft 3.1. Thread: the stream's loop.
class spdy_link {
public:
    spdy_link(upgraded on, role ours, std::chrono::milliseconds ping_interval, logger& log);

    /// The next frame that is no ping and not ignored; what it refers to is valid until the next
    /// call. Errors: errc::closed, errc::cancelled as stream_link; errc::malformed (whatever the
    /// reader found): the connection cannot be read further.
    [[nodiscard]] boost::asio::awaitable<result<wire::spdy::frame>> next();
    /// The peer has said that it accepts no more streams, and will send nothing that matters.
    bool saw_goaway() const noexcept { return saw_goaway_; }

    // All queue and never wait: room() first, where bytes are many.
    void open(wire::spdy::stream_id id, const std::vector<wire::spdy::header>& headers);
    void reply(wire::spdy::stream_id id);
    void reset(wire::spdy::stream_id id, wire::spdy::reset_status status);
    void data(wire::spdy::stream_id id, byte_view bytes, bool fin = false);
    void goaway(wire::spdy::stream_id last_good);

    output_queue& out() noexcept { return link_.out(); }
    const output_queue& out() const noexcept { return link_.out(); }
    stream_link& link() noexcept { return link_; }

private:
    void answer(std::uint32_t id);
    void start_pings();

    stream_link link_;
    wire::spdy::frame_reader reader_;
    wire::spdy::frame_writer writer_;
    role ours_;
    std::chrono::milliseconds ping_interval_;
    std::uint32_t next_ping_;
    std::size_t given_ = 0; // bytes of the input that the last frame lay in
    bool saw_goaway_ = false;
};

} // namespace verbatim::kube
