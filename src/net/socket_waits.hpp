#pragma once
// What TCP and TLS streams do alike with their socket.

#include <verbatim/base/result.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>

namespace verbatim::net {

/// A peer that takes and gives without end must not hold up the loop's other connections: their
/// turn comes after this many bytes.
inline constexpr std::size_t yield_after_bytes = 256 * 1024;

/// Completes when the socket is ready, or was closed.
boost::asio::awaitable<void> wait_for(
    boost::asio::ip::tcp::socket& socket, boost::asio::socket_base::wait_type what);

/// Lets the loop's other work have its turn.
boost::asio::awaitable<void> let_others_go_first(boost::asio::any_io_executor loop);

/// Non-blocking, no delay, keep-alive.
void set_up(boost::asio::ip::tcp::socket& socket);

} // namespace verbatim::net
