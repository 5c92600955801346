#pragma once

#include "server/ssh_facts.hpp"

#include <verbatim/net/leg.hpp>

#include <boost/asio/awaitable.hpp>

#include <string_view>

namespace verbatim::server {

/// "join", "observe" and "moderate" of a route's command.
bool is_join_command(std::string_view command);

/// `ssh -t +join@proxy SID [observer|peer|moderator]` and its short forms, to the end:
/// `facts.route` names the command. Who may not join is told what somebody is who names no session
/// at all. Thread: the connection's loop.
[[nodiscard]] boost::asio::awaitable<void> serve_join(
    net::leg& client, const ssh_connection_facts& facts);

} // namespace verbatim::server
