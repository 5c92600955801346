#pragma once

#include "server/session_registry.hpp"
#include "server/session_visitor.hpp"

#include <verbatim/base/log.hpp>
#include <verbatim/net/leg.hpp>

#include <boost/asio/awaitable.hpp>

#include <string_view>

namespace verbatim::server {

/// "join", "observe" and "moderate".
bool is_join_command(std::string_view command);

/// What a join is asked with. All of it outlives serve_join().
struct join_request {
    std::string_view command; ///< one of the above
    const session_visitor& visitor;
    session_registry& sessions;
    char escape; ///< before the keys that are for the proxy
    const clock& time;
    logger& log;
};

/// `SID [observer|peer|moderator]`, as the leg's start has it, to the end of the visit. Who may not
/// join is told what somebody is who names no session at all. Thread: the leg's loop.
[[nodiscard]] boost::asio::awaitable<void> serve_join(net::leg& client, join_request what);

} // namespace verbatim::server
