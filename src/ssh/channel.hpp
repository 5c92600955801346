#pragma once

#include "ssh/channel_leg.hpp"
#include "ssh/gate.hpp"
#include "ssh/reply_order.hpp"
#include "ssh/transport.hpp"

#include <verbatim/wire/ssh_messages.hpp>

#include <cstdint>

namespace verbatim::ssh {

/// Both transports of a connection, as its channels see them.
struct transport_pair {
    transport* client = nullptr;
    transport* target = nullptr; ///< null before the target is reached and after it is lost
};

/// One session channel between a client and its target. Its place in the connection's table is the
/// number that both peers know it by, so a number that a peer chose is never looked up, only sent
/// back.
struct channel {
    channel(wire::ssh::channel_number number, transport_pair& wires)
        : ours(number), transports(wires)
    {}

    enum class state : std::uint8_t {
        opening, ///< waits for the target's confirmation
        relayed, ///< a session runs
        ending,  ///< the session is over, closes are awaited
        local,   ///< ends in the proxy: answered by local_endpoint
    };

    wire::ssh::channel_number ours;
    wire::ssh::channel_number client_number{}, target_number{};
    transport_pair& transports;
    state now = state::opening;
    gate rules;
    reply_order client_requests; ///< sent by the client, answered by the target
    reply_order target_requests;
    channel_leg client_leg{*this, side::client};
    channel_leg target_leg{*this, side::target};
    bool close_sent_to_client = false, close_sent_to_target = false;
    bool session_running = false;

    channel_leg& leg_of(side which) noexcept
    {
        return which == side::client ? client_leg : target_leg;
    }
    reply_order& requests_of(side which) noexcept
    {
        return which == side::client ? client_requests : target_requests;
    }
    bool& close_sent_to(side which) noexcept
    {
        return which == side::client ? close_sent_to_client : close_sent_to_target;
    }
    transport* wire_of(side which) const noexcept
    {
        return which == side::client ? transports.client : transports.target;
    }
    wire::ssh::channel_number number_at(side which) const noexcept
    {
        return which == side::client ? client_number : target_number;
    }
};

} // namespace verbatim::ssh
