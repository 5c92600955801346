#pragma once

#include "ssh/channel_leg.hpp"
#include "ssh/gate.hpp"
#include "ssh/reply_order.hpp"
#include "ssh/transport.hpp"

#include <verbatim/ssh/connection.hpp>

#include <verbatim/wire/ssh_messages.hpp>

#include <cstdint>
#include <memory>
#include <string_view>

namespace verbatim::ssh {

constexpr side other(side which) noexcept
{
    return which == side::client ? side::target : side::client;
}

/// Both transports of a connection, as its channels see them.
struct transport_pair {
    transport* client = nullptr;
    transport* target = nullptr; ///< null before the target is reached and after it is lost
};

class agent_channel;
class held_requests;
class jump_stream;
class live_channel;
class local_channel;

/// A forwarded connection that waits, with its session, for both sides.
struct forward_opening {
    forward_facts facts;
    byte_buffer packet; ///< the open, as it goes on to the other side
    bool sent = false;
    bool unanswered = false; ///< the other side still owes its answer
    bool owed = true;        ///< the opener still waits for ours
};

/// One channel between a client and its target. Its place in the connection's table is the
/// number that both peers know it by, so a number that a peer chose is never looked up, only sent
/// back.
struct channel {
    channel(wire::ssh::channel_number number, transport_pair& wires, side opened_by = side::client,
        gate with = gate());
    ~channel();

    enum class state : std::uint8_t {
        opening, ///< waits for the confirmation of the side that did not open it
        relayed, ///< a session runs
        ending,  ///< the session is over, closes are awaited
        local,   ///< ends in the proxy: answered by local_endpoint
        jump,    ///< ends in the proxy: an SSH connection of its own
        held,    ///< a session's: waits in `held` until there is a target to open it at
        agent,   ///< the proxy's own, to the client's agent
    };

    wire::ssh::channel_number ours;
    wire::ssh::channel_number client_number{}, target_number{};
    transport_pair& transports;
    side opener;
    state now = state::opening;
    gate rules;
    std::unique_ptr<forward_opening> forward; ///< null: a session
    std::unique_ptr<jump_stream> jump;        ///< of state jump
    std::unique_ptr<local_channel> local;     ///< of state local, or else:
    std::unique_ptr<live_channel> live;       ///< of state local, served by a coroutine
    std::unique_ptr<agent_channel> agent;     ///< of state agent
    /// What the client has asked for and the target has not got yet. Of state held, and later until
    /// the target has it all; null: the usual.
    std::unique_ptr<held_requests> held;
    reply_order client_requests; ///< sent by the client, answered by the target
    reply_order target_requests;
    channel_leg client_leg{*this, side::client};
    channel_leg target_leg{*this, side::target};
    bool close_sent_to_client = false, close_sent_to_target = false;
    bool session_running = false;
    bool start_wants_reply = false; ///< of a forced command's

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
    wire::ssh::channel_number& number_at(side which) noexcept
    {
        return which == side::client ? client_number : target_number;
    }

    /// Of a forward, once its session has begun: asks the other side to open it.
    void send_open();
    /// The opener's answer, when there will be no connection.
    void refuse(wire::ssh::open_failure_reason reason, std::string_view text);
};

} // namespace verbatim::ssh
