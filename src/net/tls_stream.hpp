#pragma once

#include "net/tls_context.hpp"

#include <verbatim/net/byte_stream.hpp>

#include <optional>

namespace verbatim::net {

/// A TLS connection. OpenSSL works on the socket itself, so that nothing is copied and nothing is
/// held between two records.
class tls_stream final : public byte_stream {
public:
    tls_stream(boost::asio::ip::tcp::socket socket, const openssl_context& context);

    SSL* ssl() noexcept { return ssl_.get(); }
    boost::asio::ip::tcp::socket& socket() noexcept { return socket_; }

    /// The side was chosen by SSL_set_accept_state or SSL_set_connect_state. Errors: errc::closed,
    /// errc::malformed with OpenSSL's reason in its queue and in SSL_get_verify_result, or the
    /// system's. Cancel: close().
    [[nodiscard]] boost::asio::awaitable<result<void>> handshake();

    boost::asio::any_io_executor executor() override { return socket_.get_executor(); }
    boost::asio::awaitable<void> readable() override;
    result<std::size_t> read_available(std::span<std::byte> into) override;
    boost::asio::awaitable<result<void>> write(byte_view bytes) override;
    boost::asio::awaitable<void> finish() override;
    void close() noexcept override;

private:
    using wait_type = boost::asio::socket_base::wait_type;

    /// What OpenSSL, having not finished, waits for; nothing: it has failed, and failure_ says how.
    std::optional<wait_type> wait_after(int returned);
    /// There are bytes to read, or an end, without waiting for the socket.
    bool holds_something();
    void note_end_of_data(int returned);

    boost::asio::ip::tcp::socket socket_;
    ssl_handle ssl_; // after the socket it uses
    error_code read_end_;
    error_code failure_;
    wait_type read_waits_for_ = wait_type::wait_read;
    bool drained_ = false; ///< the last read found nothing: the socket must become ready first
    bool closed_ = false;
    std::size_t unyielded_ = 0;
};

} // namespace verbatim::net
