#pragma once

#include "policy/role.hpp"

#include <verbatim/policy/authorizer.hpp>

#include <span>
#include <string>

namespace verbatim::policy {

/// What these roles of one user permit with that owner's sessions; a deny of any role wins.
session_rights rights_of(std::span<const role* const> roles, const session_owner& owner);
bool permit_joining(
    std::span<const role* const> roles, const session_owner& owner, party_mode mode);
join_requirements requirements_of(std::span<const role* const> roles, session_kind kind);

} // namespace verbatim::policy
