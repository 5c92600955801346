#pragma once

#include "kube/http.hpp"

#include <verbatim/kube/upstream.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace verbatim::kube {

/// A connection to the API server, with what was read ahead.
struct upstream_connection {
    explicit upstream_connection(std::unique_ptr<net::byte_stream> s)
        : stream(std::move(s)), buffered(*stream), http(buffered)
    {}
    std::unique_ptr<net::byte_stream> stream;
    buffered_reader buffered;
    http_reader http;
    bool reused = false; ///< it has served a request before: the server may have closed it just now
};
using upstream_connection_pointer = std::unique_ptr<upstream_connection>;

class upstream {
public:
    virtual ~upstream() = default;

    virtual const cluster_endpoint& endpoint() const = 0;

    /// Adds what the cluster wants of the proxy itself: Host, Authorization, and the path prefix.
    /// Errors: errc::io_error: the token file cannot be read.
    [[nodiscard]] virtual boost::asio::awaitable<result<void>> prepare(request_head& head) = 0;

    /// A connection for one request, from the pool (`fresh`: never) or dialed.
    /// Errors: errc::target_unreachable, errc::timed_out; `why` says it for the books.
    [[nodiscard]] virtual boost::asio::awaitable<result<upstream_connection_pointer>> connect(
        bool fresh, std::string& why) = 0;

    /// Gives a connection back whose last answer was read to the end and allows another request.
    virtual void give_back(upstream_connection_pointer connection) = 0;

    virtual void close_idle() = 0;
};

/// Of connections that wait for their next request.
struct pool_limits {
    std::size_t idle = 32; ///< more are closed, the longest idle first
    std::chrono::milliseconds idle_time{60'000};
};
/// make_upstream() with other limits than its own, for tests.
std::shared_ptr<upstream> make_upstream(boost::asio::any_io_executor loop,
    std::shared_ptr<const cluster_endpoint> endpoint, boost::asio::thread_pool& blocking,
    logger& log, const pool_limits& limits);

/// Until the answer to an upgrade: the API server reaches the node and its runtime for it.
inline constexpr std::chrono::milliseconds upgrade_deadline{15'000};

/// By it an upgrade is given up while its answer is awaited. Thread: the upgrade's loop.
class upgrade_hold {
public:
    void abandon();
    bool abandoned() const noexcept { return abandoned_; }

    /// For request_upgrade(): the stream that abandon() closes.
    void hold(net::byte_stream* stream) noexcept { stream_ = stream; }

private:
    net::byte_stream* stream_ = nullptr;
    bool abandoned_ = false;
};

/// Sends an upgrade request (head without body) on a fresh connection and reads the answer's head.
/// Only 101 with the Upgrade that was asked for makes the connection a stream; any other answer is
/// given back as it is, its body still to be read from the connection.
/// Errors: as connect(), errc::malformed, errc::closed, errc::cancelled; `why` says it.
struct upgrade_answer {
    upstream_connection_pointer connection;
    response_head head;
};
[[nodiscard]] boost::asio::awaitable<result<upgrade_answer>> request_upgrade(
    upstream& at, request_head head, std::string& why, upgrade_hold& hold);

} // namespace verbatim::kube
