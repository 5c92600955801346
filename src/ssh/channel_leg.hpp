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
    /// The same of the target's window, for what parties type. More than what OpenSSH takes before
    /// it gives a window back, or it might never be given back.
    static constexpr std::uint32_t typing_reserve = 128 * 1024;
    /// What a client may type while its start is held back: sshd gives no window before.
    static constexpr std::uint32_t early_window = 4096;
    /// What of a window that the peer announces is withheld from the other side.
    static std::uint32_t reserve_of(side announced_by, std::uint32_t window) noexcept;

    channel_leg(channel& owner, side which) : channel_(owner), side_(which) {}

    // --- for the session ---
    boost::asio::awaitable<result<net::leg_event>> next() override;
    boost::asio::awaitable<result<void>> deliver(const net::leg_event& event) override;
    void stop_reading() override { abandoned(); }
    void notice(std::string_view line) override;
    boost::asio::awaitable<result<void>> show(std::string_view text) override;
    void read_before_start() override;
    std::size_t own_room() const override { return reserve_left_; }
    void close(std::uint32_t exit_status) override;

    // --- for the pump ---
    /// Hands the event over; completes when the session is done with it.
    boost::asio::awaitable<void> offer(net::leg_event event);
    /// The connection of this side is gone.
    void lost();
    /// The session has ended; later offers are dropped.
    void abandoned();
    /// Of a forward, which can show nothing itself: why it ends, where that was not its peers'
    /// doing.
    const std::string& last_notice() const noexcept { return notice_; }
    /// This side has announced a window of which so much is ours.
    void reserves(std::uint32_t bytes) { reserve_ = reserve_left_ = bytes; }
    /// This side gives more window. What of it is the other side's; the rest fills the reserve up.
    std::uint32_t share_window(std::uint32_t more) noexcept;

private:
    void give_window(std::uint32_t bytes);
    void encode(const net::leg_event& event, byte_buffer& out) const;
    bool opens_forward() const noexcept;
    transport* wire() const noexcept;
    wire::ssh::channel_number peer_number() const noexcept;

    channel& channel_;
    side side_;
    net::leg_event offered_;
    bool begun_ = false; // of a forward: its start was told
    std::string notice_; // of a forward: said with the refusal while it is not open yet
    bool has_offer_ = false, taken_ = false, lost_ = false, closed_ = false, abandoned_ = false;
    net::waiter reader_, offerer_;
    bool early_ = false;     // of a client: its start is held back, what it types is dropped
    std::uint32_t loan_ = 0; // of a target: window that the other side was given ahead of it
    // What the proxy may send of its own. A client that announced too little for that is not
    // watched: its lines are few.
    std::uint32_t reserve_ = notice_reserve, reserve_left_ = notice_reserve;
};

} // namespace verbatim::ssh
