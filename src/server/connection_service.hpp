#pragma once

#include <verbatim/base/ids.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <functional>
#include <string>

namespace verbatim::server {

struct peer_addresses {
    std::string local, remote, source;
};

/// A connection that was let in.
struct admitted_connection {
    boost::asio::ip::tcp::socket socket;
    connection_number number;
    peer_addresses peer;
    /// To be told at the login; later calls, also the listener's own at the end, count for nothing.
    std::function<void()> logged_in;
};

/// What a listener's connections speak.
class connection_service {
public:
    virtual ~connection_service() = default;

    /// Serves one connection to its end, on loop number `loop`. Thread: that loop.
    [[nodiscard]] virtual boost::asio::awaitable<void> serve(
        std::size_t loop, admitted_connection connection) = 0;

    /// A line for the users of all sessions of a loop. Thread: that loop.
    virtual void tell(std::size_t loop, const std::string& line) = 0;
    /// Ends all connections of a loop. Thread: that loop.
    virtual void close(std::size_t loop, const std::string& line) = 0;
};

} // namespace verbatim::server
