#include "server/target_reach.hpp"

#include <verbatim/net/deadline.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace verbatim::server {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

std::vector<std::string> addresses_of(const tcp::resolver::results_type& found)
{
    std::vector<std::string> out;
    for (const auto& entry : found) out.push_back(entry.endpoint().address().to_string());
    return out;
}

} // namespace

asio::awaitable<result<reached_target>> reach(const policy_snapshot& policy,
    const std::string& user, const std::string& login, const policy::target& where,
    std::string& why)
{
    const auto loop = co_await asio::this_coro::executor;
    const auto by_name = policy.authorizer->authorize(user, login, where, {}, why);
    if (!by_name) co_return by_name.error();

    tcp::resolver resolver(loop);
    tcp::socket socket(loop);
    net::deadline deadline(loop, policy.settings.ssh.dial_timeout, [&resolver, &socket] {
        resolver.cancel();
        boost::system::error_code ignored; // it may not be open yet
        socket.close(ignored);
    });

    error_code error;
    tcp::resolver::results_type found;
    if (const auto address = asio::ip::make_address(where.host, error); !error) {
        // Not the resolver's business: a slow name of somebody else would hold it up.
        found = tcp::resolver::results_type::create(
            tcp::endpoint(address, where.port), where.host, std::to_string(where.port));
    } else {
        error.clear();
        auto resolving = resolver.async_resolve(where.host, std::to_string(where.port),
            tcp::resolver::numeric_service, asio::redirect_error(asio::use_awaitable, error));
        found = co_await std::move(resolving);
    }
    if (deadline.expired()) {
        why = "name resolution timed out";
        co_return errc::timed_out;
    }
    if (error || found.empty()) {
        why = "the name cannot be resolved: " + error.message();
        co_return errc::target_unreachable;
    }
    auto granted = policy.authorizer->authorize(user, login, where, addresses_of(found), why);
    if (!granted) co_return granted.error();

    auto connecting =
        asio::async_connect(socket, found, asio::redirect_error(asio::use_awaitable, error));
    co_await std::move(connecting);
    if (deadline.expired()) {
        why = "connecting timed out";
        co_return errc::timed_out;
    }
    if (error) {
        why = "connecting failed: " + error.message();
        co_return errc::target_unreachable;
    }
    co_return reached_target{std::move(socket), std::move(*granted)};
}

} // namespace verbatim::server
