#pragma once

#include "kube/buffered_reader.hpp"

#include <verbatim/base/log.hpp>
#include <verbatim/kube/connection.hpp>
#include <verbatim/net/byte_stream.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string>

namespace verbatim::kube {

struct forward_sides {
    net::byte_stream& client;
    buffered_reader& client_buffered;
    net::byte_stream& target;
    buffered_reader& target_buffered;
};

/// Relays one port-forward: SPDY/3.1 on both sides (the streams may be tunnels). Each connection, a
/// pair of streams, is given to `session` as two legs and is recorded as a session of its own; the
/// start carries "port N". The pair is opened at the cluster when its start is delivered. Slow
/// pairs are held within bounded queues, then the whole connection waits: SPDY as Kubernetes speaks
/// it has no windows.
class port_forward {
public:
    virtual ~port_forward() = default;

    /// To the end of either side and of all sessions. Cancel: close().
    [[nodiscard]] virtual boost::asio::awaitable<void> run() = 0;
    virtual void close() = 0;
};

using run_forward = std::function<boost::asio::awaitable<void>(net::leg& client, net::leg& target)>;

std::unique_ptr<port_forward> make_port_forward(
    forward_sides sides, run_forward session, const connection_limits& limits, logger& log);

} // namespace verbatim::kube
