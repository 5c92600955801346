#pragma once
// Sockets on the loopback and certificates for every test of byte streams.

#include "support/made_certificates.hpp"

#include <verbatim/net/tls.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <stdexcept>

namespace verbatim::test {

namespace asio = boost::asio;
using asio::ip::tcp;

/// A coroutine's outcome, there once the loop has run it to its end.
template <class T>
class outcome {
public:
    bool is_there() const noexcept { return state_->value.has_value(); }
    T& operator*() const { return state_->value.value(); }
    T* operator->() const { return &state_->value.value(); }

    void start(asio::io_context& loop, asio::awaitable<T> task)
    {
        asio::co_spawn(loop, std::move(task), [state = state_](std::exception_ptr e, T value) {
            if (e) std::rethrow_exception(e);
            state->value.emplace(std::move(value));
        });
    }

private:
    struct state {
        std::optional<T> value;
    };
    std::shared_ptr<state> state_ = std::make_shared<state>(); // with the coroutine's end
};

struct stream_fixture {
    asio::io_context loop{1};

    template <class T>
    outcome<T> start(asio::awaitable<T> task)
    {
        outcome<T> started;
        started.start(loop, std::move(task));
        return started;
    }
    /// Runs the loop until that is there. Real sockets: the kernel is waited for, not a time.
    template <class T>
    T& run(const outcome<T>& started)
    {
        loop.restart();
        while (!started.is_there())
            if (loop.run_one_for(std::chrono::seconds(20)) == 0) throw std::runtime_error("stuck");
        return *started;
    }
    template <class T>
    T run(asio::awaitable<T> task)
    {
        const auto started = start(std::move(task));
        return std::move(run(started));
    }
    /// What can be done now, without waiting.
    void run_ready()
    {
        loop.restart();
        while (loop.poll() != 0) {
        }
    }

    std::pair<tcp::socket, tcp::socket> sockets()
    {
        tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
        tcp::socket client(loop), server(loop);
        client.connect(acceptor.local_endpoint());
        acceptor.accept(server);
        return {std::move(client), std::move(server)};
    }

    using streams = std::pair<std::unique_ptr<net::byte_stream>, std::unique_ptr<net::byte_stream>>;
    streams tcp_streams()
    {
        auto [client, server] = sockets();
        return {net::make_tcp_stream(std::move(client)), net::make_tcp_stream(std::move(server))};
    }
};

inline asio::awaitable<result<void>> write(net::byte_stream& to, byte_buffer bytes)
{
    auto writing = to.write(bytes);
    co_return co_await std::move(writing);
}
inline asio::awaitable<result<void>> write(net::byte_stream& to, std::string text)
{
    auto writing = to.write(as_bytes(text));
    co_return co_await std::move(writing);
}

/// So many bytes, or what there was before the error.
inline asio::awaitable<std::pair<byte_buffer, error_code>> read_up_to(
    net::byte_stream& from, std::size_t size, std::size_t at_once = 64 * 1024)
{
    byte_buffer all, part(at_once);
    while (all.size() < size) {
        const std::span<std::byte> room(part.data(), std::min(at_once, size - all.size()));
        auto reading = net::read_some(from, room);
        const auto got = co_await std::move(reading);
        if (!got) co_return std::pair{all, got.error()};
        append(all, byte_view(part).first(*got));
    }
    co_return std::pair{all, error_code{}};
}

inline byte_buffer pattern(std::size_t size)
{
    byte_buffer bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 31 + (i >> 8));
    return bytes;
}

/// Both roles of TLS, each with its settings. The server's certificate is for "web1" and
/// 127.0.0.1.
struct tls_fixture : stream_fixture {
    made_certificate server_ca{{.name = "server CA", .is_ca = true}};
    made_certificate server{
        {.name = "x", .alternative_names = "DNS:web1,IP:127.0.0.1", .purpose = "serverAuth"},
        &server_ca};
    made_certificate user_ca{{.name = "user CA", .is_ca = true}};

    net::tls_server_settings server_settings{
        server.pem() + server_ca.pem(), secret(server.key_pem()), user_ca.pem()};
    net::tls_client_settings client_settings{server_ca.pem(), "", {}, true};
    std::string server_name = "web1";
    std::string why; ///< of the client

    struct handshaken {
        result<net::tls_accepted> accepted = errc::cancelled;
        result<std::unique_ptr<net::byte_stream>> connected = errc::cancelled;

        bool both() const { return accepted.has_value() && connected.has_value(); }
    };

    net::tls_context_pointer server_context()
    {
        std::string fault;
        auto made = net::make_tls_server_context(server_settings, fault);
        if (!made) throw std::runtime_error(fault);
        return *made;
    }
    net::tls_context_pointer client_context()
    {
        std::string fault;
        auto made = net::make_tls_client_context(client_settings, fault);
        if (!made) throw std::runtime_error(fault);
        return *made;
    }
    void use_client_certificate(const made_certificate& certificate)
    {
        client_settings.certificate = certificate.pem();
        client_settings.private_key = secret(certificate.key_pem());
    }
    made_certificate user(const wanted_certificate& wanted)
    {
        return made_certificate(wanted, &user_ca);
    }

    handshaken shake_hands()
    {
        auto [client, server_side] = sockets();
        handshaken ends;
        const auto accepting = start(
            net::tls_accept(std::move(server_side), server_context(), std::chrono::seconds(20)));
        const auto connecting = start(net::tls_connect(
            std::move(client), client_context(), server_name, std::chrono::seconds(20), why));
        ends.connected = std::move(run(connecting));
        ends.accepted = std::move(run(accepting));
        return ends;
    }
    streams tls_streams()
    {
        auto ends = shake_hands();
        if (!ends.both()) throw std::runtime_error("handshake: " + why);
        return {std::move(*ends.connected), std::move(ends.accepted->stream)};
    }
};

} // namespace verbatim::test
