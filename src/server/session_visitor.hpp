#pragma once

#include "server/ssh_facts.hpp"

#include <verbatim/policy/authorizer.hpp>
#include <verbatim/session/live_session.hpp>
#include <verbatim/session/party.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace verbatim::server {

/// Who asks about running sessions: a user, as his roles permit, or the administrator of this
/// machine, who may do everything.
struct session_visitor {
    std::string name;                     ///< in logs and reasons
    wire::event_header header;            ///< how his events begin
    std::vector<std::string> roles;       ///< all of a user's
    const policy::authorizer* authorizer; ///< null: the administrator; else outlives this
    std::optional<wall_time> expires{};   ///< when he may watch no longer
    std::function<void(const std::string& reason)> refused{}; ///< for the books; null: none

    policy::session_rights rights_over(const session::live_session& session) const;
    bool may_join(const session::live_session& session, policy::party_mode mode) const;
};

/// The user of a connection. The connection outlives the visitor.
session_visitor visitor_of(const ssh_connection_facts& facts);

} // namespace verbatim::server
