#pragma once

#include "ssh/agent_channel.hpp"
#include "ssh/transport.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace verbatim::ssh {

/// What came of a login with somebody's agent.
struct agent_login_outcome {
    std::string said; ///< for the user, where it failed for a reason of the agent or its keys
    std::string key;  ///< the fingerprint of the key that did; empty: none
};

/// Logs in at `target`, whose host key was checked, with the keys that `agent` holds, in the
/// agent's order, at most `most_agent_keys` of them. The agent is asked to sign that login and
/// nothing else, and what it signed is checked before it is sent.
/// Errors: errc::target_login_refused, errc::closed, errc::ssh_transport. The caller bounds the
/// time; cancel: close both.
[[nodiscard]] boost::asio::awaitable<result<void>> log_in_with_agent(
    transport& target, agent_channel& agent, std::string login, agent_login_outcome& outcome);

/// Servers count tries (OpenSSH: 6); and each costs a round trip.
constexpr std::size_t most_agent_keys = 10;

} // namespace verbatim::ssh
