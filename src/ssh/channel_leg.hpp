#pragma once

#include "ssh/gate.hpp"

#include <verbatim/net/leg.hpp>
#include <verbatim/net/waiter.hpp>
#include <verbatim/wire/ssh_messages.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace verbatim::ssh {

class transport;
struct channel;

/// One side of a relayed channel as a leg. The connection's pump offers it one message at a
/// time, still inside the transport's own buffer; the session takes, records and delivers it.
/// Thread: the connection's loop.
class channel_leg final : public net::leg {
public:
    /// Bytes withheld from the window that the target may fill, so that the proxy can say a few
    /// lines of its own to the client without overrunning it.
    static constexpr std::uint32_t notice_reserve = 2048;

    channel_leg(channel& owner, side which) : channel_(owner), side_(which) {}

    // --- for the session ---
    boost::asio::awaitable<result<net::leg_event>> next() override;
    boost::asio::awaitable<result<void>> deliver(const net::leg_event& event) override;
    void stop_reading() override { abandoned(); }
    void notice(std::string_view line) override;
    void close(std::uint32_t exit_status) override;

    // --- for the pump ---
    /// Hands the event over; completes when the session is done with it.
    boost::asio::awaitable<void> offer(net::leg_event event);
    /// The connection of this side is gone.
    void lost();
    /// The session has ended; later offers are dropped.
    void abandoned();

private:
    void encode(const net::leg_event& event, byte_buffer& out) const;
    bool opens_forward() const noexcept;
    transport* wire() const noexcept;
    wire::ssh::channel_number peer_number() const noexcept;

    channel& channel_;
    side side_;
    net::leg_event offered_;
    bool begun_ = false; // of a forward: its start was told
    std::string notice_; // of a forward that is not open yet: said with the refusal
    bool has_offer_ = false, taken_ = false, lost_ = false, closed_ = false, abandoned_ = false;
    net::waiter reader_, offerer_;
    std::uint32_t notice_left_ = notice_reserve;
};

} // namespace verbatim::ssh
