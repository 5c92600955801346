#pragma once

#include <verbatim/net/leg.hpp>
#include <verbatim/net/turn.hpp>
#include <verbatim/wire/control.hpp>

#include <boost/asio/local/stream_protocol.hpp>

#include <array>
#include <string>

namespace verbatim::server {

/// A client of the control socket as the client's side of a session: its request is the terminal
/// and the start, its frames are keys and sizes. Thread: the socket's loop.
class control_leg final : public net::leg {
public:
    explicit control_leg(boost::asio::local::stream_protocol::socket socket)
        : socket_(std::move(socket))
    {}

    /// The request, before anything else. Errors: errc::malformed, errc::closed.
    /// Cancel: hang_up().
    [[nodiscard]] boost::asio::awaitable<result<wire::control::request>> read_request();
    /// Sends what close() and notice() have left to say. Cancel: hang_up().
    [[nodiscard]] boost::asio::awaitable<void> finish();
    /// The connection ends now, and with it what waits for it.
    void hang_up();

    // net::leg; what its output is for is the client's own matter, so data is all that it takes
    boost::asio::awaitable<result<net::leg_event>> next() override;
    boost::asio::awaitable<result<void>> deliver(const net::leg_event& event) override;
    void stop_reading() override {}
    void notice(std::string_view line) override;
    void close(std::uint32_t exit_status) override;

private:
    boost::asio::awaitable<result<wire::control::frame>> next_frame();
    boost::asio::awaitable<result<void>> write(std::string frames);

    boost::asio::local::stream_protocol::socket socket_;
    std::array<std::byte, 4096> scratch_;
    wire::control::frame_reader reader_;
    wire::control::request asked_;
    std::string arguments_; // of the request
    enum class stage { terminal, start, running } stage_ = stage::terminal;
    net::turn writing_;
    std::string last_words_;
    bool closed_ = false;
};

} // namespace verbatim::server
