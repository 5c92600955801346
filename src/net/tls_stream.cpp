#include "net/tls_stream.hpp"

#include "net/socket_bio.hpp"
#include "net/socket_waits.hpp"

#include <verbatim/net/deadline.hpp>

#include <openssl/err.h>

#include <cerrno>

namespace verbatim::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// A peer that reads nothing is not waited for longer to say goodbye.
constexpr std::chrono::seconds goodbye_limit{2};

} // namespace

tls_stream::tls_stream(tcp::socket socket, const openssl_context& context)
    : socket_(std::move(socket)), ssl_(SSL_new(context.get()))
{
    if (!ssl_) throw std::bad_alloc();
    set_up(socket_);
    auto* const bio = make_socket_bio(socket_.native_handle()).release();
    SSL_set_bio(ssl_.get(), bio, bio);
}

std::optional<tls_stream::wait_type> tls_stream::wait_after(int returned)
{
    const int system_error = errno;
    switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ: return wait_type::wait_read;
    case SSL_ERROR_WANT_WRITE: return wait_type::wait_write;
    case SSL_ERROR_ZERO_RETURN: failure_ = errc::closed; break;
    case SSL_ERROR_SYSCALL:
        failure_ = system_error == 0 ? make_error_code(errc::closed)
                                     : error_code(system_error, boost::system::system_category());
        break;
    default: failure_ = errc::malformed;
    }
    return std::nullopt;
}

asio::awaitable<result<void>> tls_stream::handshake()
{
    for (;;) {
        if (closed_) co_return errc::closed;
        ERR_clear_error();
        const int done = SSL_do_handshake(ssl_.get());
        if (done == 1) co_return result<void>{};
        const auto what = wait_after(done);
        if (!what) co_return failure_;
        auto ready = wait_for(socket_, *what);
        co_await std::move(ready);
    }
}

// OpenSSL may hold bytes that the socket no longer tells of: all it has read ahead.
bool tls_stream::holds_something()
{
    if (SSL_pending(ssl_.get()) > 0) return true;
    ERR_clear_error();
    std::byte first;
    std::size_t got = 0;
    const int done = SSL_peek_ex(ssl_.get(), &first, 1, &got);
    if (done != 1) note_end_of_data(done);
    return done == 1 || read_end_;
}

void tls_stream::note_end_of_data(int returned)
{
    if (const auto what = wait_after(returned)) {
        drained_ = true;
        read_waits_for_ = *what;
        return;
    }
    read_end_ = failure_;
    // The peer's goodbye ends its half alone.
    if (failure_ == make_error_code(errc::closed)) failure_ = {};
}

asio::awaitable<void> tls_stream::readable()
{
    if (closed_ || read_end_) co_return;
    if (!drained_ && holds_something()) {
        if (unyielded_ < yield_after_bytes) co_return;
        unyielded_ = 0;
        auto others = let_others_go_first(socket_.get_executor());
        co_await std::move(others);
        co_return;
    }
    drained_ = false;
    unyielded_ = 0;
    auto ready = wait_for(socket_, read_waits_for_);
    co_await std::move(ready);
}

result<std::size_t> tls_stream::read_available(std::span<std::byte> into)
{
    if (closed_) return errc::closed;
    if (read_end_) return read_end_;
    std::size_t total = 0;
    while (total < into.size()) {
        ERR_clear_error();
        std::size_t got = 0;
        const int done = SSL_read_ex(ssl_.get(), into.data() + total, into.size() - total, &got);
        total += got;
        if (done == 1) continue;
        note_end_of_data(done);
        if (read_end_ && total == 0) return read_end_;
        break;
    }
    unyielded_ += total;
    return total;
}

asio::awaitable<result<void>> tls_stream::write(byte_view bytes)
{
    std::size_t unyielded = 0;
    while (!bytes.empty()) {
        if (closed_) co_return errc::closed;
        if (failure_) co_return failure_;
        ERR_clear_error();
        std::size_t put = 0;
        const int done = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &put);
        if (done == 1) {
            bytes = bytes.subspan(put);
            unyielded += put;
            if (unyielded < yield_after_bytes || bytes.empty()) continue;
            unyielded = 0;
            auto others = let_others_go_first(socket_.get_executor());
            co_await std::move(others);
            continue;
        }
        const auto what = wait_after(done);
        if (!what) co_return failure_;
        auto room = wait_for(socket_, *what);
        co_await std::move(room);
        unyielded = 0;
    }
    co_return result<void>{};
}

asio::awaitable<void> tls_stream::finish()
{
    if (closed_ || failure_) co_return;
    ERR_clear_error();
    const int done = SSL_shutdown(ssl_.get());
    if (done < 0 && SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_WRITE) {
        const deadline limit(socket_.get_executor(), goodbye_limit, [this] {
            error_code ignored;
            socket_.cancel(ignored); // a reader looks again and waits on
        });
        auto room = wait_for(socket_, wait_type::wait_write);
        co_await std::move(room);
        if (closed_) co_return;
        ERR_clear_error();
        std::ignore = SSL_shutdown(ssl_.get()); // best effort: the peer may be gone
    }
    error_code ignored; // likewise
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void tls_stream::close() noexcept
{
    closed_ = true;
    error_code ignored;
    socket_.close(ignored);
}

} // namespace verbatim::net
