#pragma once

#include <verbatim/base/bytes.hpp>
#include <verbatim/net/task_group.hpp>
#include <verbatim/net/waiter.hpp>
#include <verbatim/ssh/connection.hpp>
#include <verbatim/wire/ssh_messages.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace verbatim::ssh {

class transport;

/// A client's channel that ends in the proxy as the stream of an SSH connection of its own
/// (`ssh -J`): the bytes go through a pair of sockets, whose other end is served as any client's.
/// Thread: the connection's loop. `client` and `owner` outlive it; run() must be awaited before it
/// is destroyed.
class jump_stream {
public:
    /// What the client may send ahead, and so what waits here at most.
    static constexpr std::uint32_t window = 1024 * 1024;
    static constexpr std::uint32_t max_packet = 32 * 1024;

    struct numbers {
        wire::ssh::channel_number client;
        std::uint32_t window, max_packet; ///< what the client takes
    };
    /// Errors: those of making a pair of sockets.
    static result<std::unique_ptr<jump_stream>> make(
        transport& client, const numbers& channel, logger& log);

    jump_stream(stream_socket near, stream_socket far, transport& client, const numbers& channel,
        logger& log);

    /// Serves the inner connection to its end, and ends the channel.
    boost::asio::awaitable<void> run(connection_owner& owner, std::string host, std::uint16_t port);

    /// A message of the client on this channel. False: it broke the protocol.
    bool handle(const wire::ssh::message& message);

    /// The client's connection is gone, or is to end.
    void close();
    /// Both have closed the channel.
    bool is_over() const noexcept { return closed_by_client_ && close_sent_; }

private:
    boost::asio::awaitable<void> to_inner();
    boost::asio::awaitable<void> from_inner();
    void send(const wire::ssh::message& message);

    stream_socket near_, far_;
    transport& client_;
    numbers channel_;
    byte_buffer waiting_;          // for the inner connection
    std::uint32_t unreturned_ = 0; // taken by it, and not yet told to the client
    bool ended_by_client_ = false, closed_by_client_ = false, close_sent_ = false;
    bool closing_ = false, inner_over_ = false;
    net::waiter input_, room_;
    net::task_group tasks_;
};

} // namespace verbatim::ssh
