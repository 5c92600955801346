#include "kube/dial.hpp"

#include <verbatim/net/deadline.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace verbatim::kube {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

asio::awaitable<result<tcp::socket>> connect(
    const cluster_endpoint& to, std::chrono::milliseconds within, std::string& why)
{
    const auto loop = co_await asio::this_coro::executor;
    tcp::resolver resolver(loop);
    tcp::socket socket(loop);
    net::deadline deadline(loop, within, [&resolver, &socket] {
        resolver.cancel();
        boost::system::error_code ignored; // it may not be open yet
        socket.close(ignored);
    });
    const auto port = std::to_string(to.port);
    error_code error;
    tcp::resolver::results_type found;
    if (const auto address = asio::ip::make_address(to.host, error); !error) {
        // Not the resolver's business: a slow name of somebody else would hold it up.
        found = tcp::resolver::results_type::create(tcp::endpoint(address, to.port), to.host, port);
    } else {
        error.clear();
        auto resolving = resolver.async_resolve(to.host, port, tcp::resolver::numeric_service,
            asio::redirect_error(asio::use_awaitable, error));
        found = co_await std::move(resolving);
    }
    if (!deadline.expired() && (error || found.empty())) {
        why = "the name cannot be resolved: " + error.message();
        co_return errc::target_unreachable;
    }
    if (!deadline.expired()) {
        auto connecting =
            asio::async_connect(socket, found, asio::redirect_error(asio::use_awaitable, error));
        co_await std::move(connecting);
    }
    if (deadline.expired()) {
        why = found.empty() ? "name resolution timed out" : "connecting timed out";
        co_return errc::timed_out;
    }
    if (error) {
        why = "cannot connect: " + error.message();
        co_return errc::target_unreachable;
    }
    co_return socket;
}

} // namespace

asio::awaitable<result<std::unique_ptr<net::byte_stream>>> dial(
    std::shared_ptr<const cluster_endpoint> to, std::string& why)
{
    const auto began = std::chrono::steady_clock::now();
    auto connecting = connect(*to, to->dial_timeout, why);
    auto socket = co_await std::move(connecting);
    if (!socket) co_return socket.error();
    if (!to->tls) co_return net::make_tcp_stream(std::move(*socket));
    const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - began);
    const auto left = std::max(to->dial_timeout - spent, std::chrono::milliseconds(1));
    auto shaking = net::tls_connect(std::move(*socket), to->tls, to->server_name, left, why);
    co_return co_await std::move(shaking);
}

} // namespace verbatim::kube
