#pragma once

#include "server/session_registry.hpp"
#include "server/ssh_facts.hpp"

#include <verbatim/ssh/connection.hpp>

#include <string>
#include <string_view>

namespace verbatim::server {

/// What a login without a target is answered: the targets that its user may reach, or a +command
/// (`facts.route.command`) with these arguments.
/// Who may not do something to a session is told what somebody is who names no session at all.
ssh::local_reply answer_locally(
    const ssh_connection_facts& facts, session_registry& sessions, std::string_view arguments);

} // namespace verbatim::server
