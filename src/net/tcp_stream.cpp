#include <verbatim/net/byte_stream.hpp>

#include "net/socket_waits.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <netinet/tcp.h>

namespace verbatim::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// Noticed after 60 s of silence and three unanswered probes.
constexpr int keepalive_idle_seconds = 60;
constexpr int keepalive_interval_seconds = 15;
constexpr int keepalive_probes = 3;

bool would_block(const error_code& error) noexcept
{
    return error == asio::error::would_block || error == asio::error::try_again;
}

class tcp_stream final : public byte_stream {
public:
    explicit tcp_stream(tcp::socket socket) : socket_(std::move(socket)) { set_up(socket_); }

    asio::any_io_executor executor() override { return socket_.get_executor(); }
    asio::awaitable<void> readable() override;
    result<std::size_t> read_available(std::span<std::byte> into) override;
    asio::awaitable<result<void>> write(byte_view bytes) override;
    asio::awaitable<void> finish() override;
    void close() noexcept override;

private:
    tcp::socket socket_;
    bool closed_ = false;
};

asio::awaitable<void> tcp_stream::readable()
{
    if (closed_) co_return;
    auto ready = wait_for(socket_, tcp::socket::wait_read);
    co_await std::move(ready);
}

result<std::size_t> tcp_stream::read_available(std::span<std::byte> into)
{
    if (closed_) return errc::closed;
    if (into.empty()) return std::size_t{0};
    error_code error;
    const auto got = socket_.read_some(asio::buffer(into.data(), into.size()), error);
    if (!error) return got;
    if (would_block(error)) return std::size_t{0};
    return error == asio::error::eof ? make_error_code(errc::closed) : error;
}

asio::awaitable<result<void>> tcp_stream::write(byte_view bytes)
{
    std::size_t unyielded = 0;
    while (!bytes.empty()) {
        if (closed_) co_return errc::closed;
        error_code error;
        const auto put = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
        if (!error) {
            bytes = bytes.subspan(put);
            unyielded += put;
            if (unyielded < yield_after_bytes || bytes.empty()) continue;
            unyielded = 0;
            auto others = let_others_go_first(socket_.get_executor());
            co_await std::move(others);
            continue;
        }
        if (!would_block(error)) co_return error;
        auto room = wait_for(socket_, tcp::socket::wait_write);
        co_await std::move(room);
        unyielded = 0;
    }
    co_return result<void>{};
}

asio::awaitable<void> tcp_stream::finish()
{
    error_code ignored; // the peer may be gone already
    if (!closed_) socket_.shutdown(tcp::socket::shutdown_send, ignored);
    co_return;
}

void tcp_stream::close() noexcept
{
    closed_ = true;
    error_code ignored;
    socket_.close(ignored);
}

} // namespace

asio::awaitable<void> wait_for(tcp::socket& socket, asio::socket_base::wait_type what)
{
    error_code ignored; // what is wrong shows in the call that follows
    auto ready = socket.async_wait(what, asio::redirect_error(asio::use_awaitable, ignored));
    co_await std::move(ready);
}

asio::awaitable<void> let_others_go_first(asio::any_io_executor loop)
{
    auto turn = asio::post(loop, asio::use_awaitable);
    co_await std::move(turn);
}

void set_up(tcp::socket& socket)
{
    using idle = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
    using interval = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPINTVL>;
    using probes = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPCNT>;
    error_code ignored; // a peer that is gone already shows at the first read
    socket.non_blocking(true, ignored);
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(tcp::socket::keep_alive(true), ignored);
    socket.set_option(idle(keepalive_idle_seconds), ignored);
    socket.set_option(interval(keepalive_interval_seconds), ignored);
    socket.set_option(probes(keepalive_probes), ignored);
}

asio::awaitable<result<std::size_t>> read_some(byte_stream& from, std::span<std::byte> into)
{
    for (;;) {
        auto ready = from.readable();
        co_await std::move(ready);
        const auto got = from.read_available(into);
        if (!got || *got != 0 || into.empty()) co_return got;
    }
}

std::unique_ptr<byte_stream> make_tcp_stream(tcp::socket socket)
{
    return std::make_unique<tcp_stream>(std::move(socket));
}

} // namespace verbatim::net
