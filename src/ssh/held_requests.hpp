#pragma once

#include "ssh/packet_source.hpp"

#include <verbatim/wire/ssh_messages.hpp>

#include <cstdint>
#include <deque>
#include <utility>

namespace verbatim::ssh {

/// What a client has sent on a session's channel that the proxy has confirmed before there was a
/// target: requests, as its window is nothing. In order, until the target has them.
/// Thread: the connection's loop.
class held_requests {
public:
    /// More of either ends the connection. Environments are the largest of them.
    static constexpr std::size_t most = 256, most_bytes = 256 * 1024;

    /// What the client takes.
    held_requests(std::uint32_t window, std::uint32_t packet)
        : client_window(window), client_packet(packet)
    {}

    /// Keeps a copy. False: it may not be sent now, or is one too many.
    [[nodiscard]] bool keep(const wire::ssh::message& message, byte_view payload);

    bool is_empty() const noexcept { return waiting_.empty(); }
    /// The oldest, which is then no longer held; there must be one.
    byte_buffer take();

    const std::uint32_t client_window, client_packet;
    std::uint32_t target_window = 0; ///< what the client is given once nothing is held

private:
    std::deque<byte_buffer> waiting_;
    std::size_t bytes_ = 0;
};

/// A message that was held, as the packet that it was.
class held_packet final : public packet_source {
public:
    explicit held_packet(byte_buffer payload) : payload_(std::move(payload)) {}
    std::span<std::byte> message() override { return payload_; }
    result<void> forward_to(transport& to) override;

private:
    byte_buffer payload_;
};

} // namespace verbatim::ssh
