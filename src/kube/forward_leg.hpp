#pragma once

#include "kube/spdy_link.hpp"

#include <verbatim/net/leg.hpp>
#include <verbatim/net/waiter.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace verbatim::kube {

/// One side of a forwarded connection: a pair of streams, one for data and one for an error's text.
/// The pump of its SPDY connection brings what arrives; the session takes it. Thread: the loop.
class forward_leg final : public net::leg {
public:
    /// Bytes that arrived and wait for the session; above, the pump waits, and so does the whole
    /// connection: SPDY as Kubernetes speaks it has no windows.
    static constexpr std::size_t inbox_limit = 256 * 1024;
    /// Of a server's error text; what exceeds it is cut.
    static constexpr std::size_t error_limit = 4096;

    struct streams {
        wire::spdy::stream_id error = 0, data = 0;
    };
    /// The client's side: the streams are there.
    forward_leg(spdy_link& link, streams ids, std::uint16_t port);
    /// The cluster's: `open` makes the streams when the start is delivered, and says which.
    forward_leg(spdy_link& link, std::function<streams(forward_leg&)> open,
        std::chrono::milliseconds creation_deadline);

    // --- for the session ---
    boost::asio::awaitable<result<net::leg_event>> next() override;
    boost::asio::awaitable<result<void>> deliver(const net::leg_event& event) override;
    void stop_reading() override;
    void notice(std::string_view line) override { notice_ = line; }
    void close(std::uint32_t exit_status) override;

    // --- for the pump ---
    /// A frame for one of its streams. Completes when there is room again.
    boost::asio::awaitable<void> arrived(const wire::spdy::data& data);
    void arrived(const wire::spdy::reset& reset);
    void arrived(const wire::spdy::syn_reply& reply);
    /// The connection is gone.
    void lost();

    streams ids() const noexcept { return ids_; }

private:
    bool is_client() const noexcept { return ours_ == role::server; }
    boost::asio::awaitable<result<void>> start();
    std::optional<net::leg_event> ending();
    void end_data();
    void reset_both();
    void fail(std::string_view message);
    net::leg_event closing();

    spdy_link& link_;
    role ours_;
    streams ids_;
    std::string start_; // "port 8080"
    std::function<streams(forward_leg&)> open_;
    std::chrono::milliseconds creation_deadline_{};
    std::string notice_, error_text_;
    byte_buffer inbox_, current_;
    net::waiter reader_, pump_, opening_;
    int replies_ = 0;
    bool started_ = false, start_failed_ = false;
    bool data_ended_ = false, data_reset_ = false, error_ended_ = false; // by the peer
    bool end_told_ = false, failure_told_ = false, close_told_ = false;
    bool data_end_sent_ = false, out_over_ = false; // by us; out_over_: nothing more is sent
    bool dropping_ = false, lost_ = false, closed_ = false;
};

} // namespace verbatim::kube
