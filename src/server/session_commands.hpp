#pragma once

#include "server/session_registry.hpp"
#include "server/session_visitor.hpp"

#include <verbatim/base/log.hpp>
#include <verbatim/ssh/connection.hpp>

#include <string>
#include <string_view>

namespace verbatim::server {

enum class list_form { table, json };

/// The running sessions that the visitor may see: a table, or one JSON object a line.
ssh::local_reply list_sessions(
    const session_visitor& visitor, const session_registry& sessions, list_form form);

/// Ends sessions; `arguments` are their ids. `usage` is the line for who names none. Who may not
/// end a session is told what somebody is who names no session at all.
ssh::local_reply end_sessions(const session_visitor& visitor, const session_registry& sessions,
    std::string_view arguments, std::string_view usage, logger& log);

} // namespace verbatim::server
