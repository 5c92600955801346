#include "server/listener.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <stdexcept>

namespace verbatim::server {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr int accept_backlog = 1024;
// Out of descriptors: connections wait in the backlog until some are closed.
constexpr std::chrono::milliseconds accept_pause{100};

std::string text_of(const tcp::endpoint& endpoint)
{
    const auto address = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? '[' + address + ']' : address) + ':' +
           std::to_string(endpoint.port());
}

} // namespace

listener::listener(
    std::string name, serving& on, connection_service& service, admission::limits limits)
    : name_(std::move(name)), on_(on), service_(service), admission_(limits),
      acceptor_(on.loops.at(0))
{}

void listener::open(const config::listen_address& where)
{
    error_code error;
    const auto address = asio::ip::make_address(where.host, error);
    const tcp::endpoint endpoint(address, where.port);
    const auto fail = [&](const char* what) {
        throw std::runtime_error(std::string(what) + ' ' + text_of(endpoint) + ": " +
                                 error.message() + ". Is another proxy running? Choose another " +
                                 name_ + ".listen.");
    };
    if (error) fail("not an address:");
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(accept_backlog, error);
    if (error) fail("cannot listen on");
}

std::string listener::bound() const { return text_of(acceptor_.local_endpoint()); }

asio::awaitable<void> listener::accept()
{
    std::size_t turn = 0;
    while (!closing_) {
        const std::size_t loop = turn++ % on_.loops.size();
        tcp::socket socket(on_.loops.at(loop));
        error_code error;
        auto accepting =
            acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
        co_await std::move(accepting);
        if (closing_) co_return;
        if (!error) {
            admit(std::move(socket), loop);
            continue;
        }
        on_.log.error("cannot accept a connection", {{"error", error.message()}});
        asio::steady_timer pause(on_.loops.at(0), accept_pause);
        auto pausing = pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
        co_await std::move(pausing);
    }
}

void listener::close()
{
    closing_ = true;
    error_code ignored; // it is open; closing it cannot fail in a way that matters now
    acceptor_.close(ignored);
}

void listener::admit(tcp::socket socket, std::size_t loop)
{
    error_code gone;
    const auto remote = socket.remote_endpoint(gone);
    const auto local = socket.local_endpoint(gone);
    if (gone) return; // it has left already
    admitted_connection connection{
        std::move(socket), {}, {text_of(local), text_of(remote), source_of(remote.address())}, {}};
    const auto verdict = admission_.enter(connection.peer.source);
    if (verdict != admission::verdict::admitted) {
        const bool in_all = verdict == admission::verdict::too_many;
        ++(in_all ? on_.counted.refused_in_all : on_.counted.refused_per_source);
        on_.log.warning("connection refused: " + name_ +
                            (in_all ? ".max_unauthenticated" : ".max_unauthenticated_per_source") +
                            " reached",
            {{"remote", connection.peer.remote}, {"waiting", std::uint64_t{admission_.waiting()}}});
        return;
    }
    connection.number = static_cast<connection_number>(on_.next_connection++);
    ++on_.live;
    ++on_.counted.connections;
    ++on_.counted.connections_now;
    ++on_.counted.unauthenticated_now;
    asio::post(on_.loops.at(loop), [this, loop, connection = std::move(connection)]() mutable {
        on_.tasks[loop]->spawn(name_ + " connection", serve(std::move(connection), loop));
    });
}

asio::awaitable<void> listener::serve(admitted_connection connection, std::size_t loop)
{
    const auto number = connection.number;
    // Shared with the service's copy of `logged_in`, which may outlive this frame's variables.
    const auto waiting = std::make_shared<bool>(true);
    const auto leave = [this, source = connection.peer.source, waiting] {
        if (!std::exchange(*waiting, false)) return;
        --on_.counted.unauthenticated_now;
        asio::post(on_.loops.at(0), [this, source] { admission_.leave(source); });
    };
    connection.logged_in = leave;
    try {
        auto serving = service_.serve(loop, std::move(connection));
        co_await std::move(serving);
    } catch (const std::exception& e) {
        on_.log.error("a connection failed",
            {{"connection", static_cast<std::uint64_t>(number)}, {"what", e.what()}});
    }
    leave();
    --on_.counted.connections_now;
    --on_.live;
}

} // namespace verbatim::server
