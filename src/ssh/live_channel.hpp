#pragma once

#include <verbatim/net/leg.hpp>
#include <verbatim/net/waiter.hpp>
#include <verbatim/wire/ssh_messages.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace verbatim::ssh {

class transport;

/// A session channel that ends in the proxy and goes on for as long as somebody serves it: a leg of
/// the client alone. Thread: the connection's loop.
class live_channel final : public net::leg {
public:
    /// The window that the client is given, and the largest packet.
    static constexpr std::uint32_t window = 64 * 1024, largest_packet = 32 * 1024;

    /// `opened`: the client's request. `client` outlives this object.
    live_channel(transport& client, const wire::ssh::channel_open& opened,
        wire::ssh::channel_number client_number);

    // --- for whoever serves it ---
    boost::asio::awaitable<result<net::leg_event>> next() override;
    /// Data waits for the client's window.
    boost::asio::awaitable<result<void>> deliver(const net::leg_event& event) override;
    void stop_reading() override;
    void notice(std::string_view line) override;
    void close(std::uint32_t exit_status) override;

    // --- for the pump ---
    /// One message of the client on this channel. False: it broke the protocol.
    bool handle(const wire::ssh::message& message);
    /// The connection is gone.
    void lost();
    bool is_closed_by_both() const noexcept { return closed_ && client_closed_; }

private:
    /// An event that owns its text.
    struct owned {
        net::event_body body;
        std::string text;
    };
    bool take(net::event_body body, std::string_view text);
    bool take_request(const wire::ssh::channel_request& request);
    void give_window_back();
    void send(const wire::ssh::message& message);
    boost::asio::awaitable<result<void>> send_data(net::data_stream stream, byte_view bytes);

    transport& client_;
    const wire::ssh::channel_number client_number_;
    std::uint64_t room_; // of the client's window
    const std::uint32_t packet_;
    std::deque<owned> events_;
    owned current_;
    std::uint32_t unread_ = 0;   // bytes of the client that wait here
    std::uint32_t consumed_ = 0; // and those whose window it has not got back
    bool started_ = false, client_closed_ = false, closed_ = false, lost_ = false,
         abandoned_ = false;
    net::waiter arrived_, room_given_;
};

} // namespace verbatim::ssh
