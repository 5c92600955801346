#pragma once
// What the options of several roles add up to; docs/configuration.md has the table.

#include "policy/role.hpp"

#include <span>

namespace verbatim::policy {

/// What holds where no role says anything.
struct recording_defaults {
    bool strict = true, input = true;
};

/// `granting`: the roles that allow this access, in the configuration's order.
void add_up(std::span<const role* const> granting, recording_defaults defaults, session_rules& to);
/// The same, with what SSH alone knows.
void add_up(std::span<const role* const> granting, recording_defaults defaults, grant& to);

} // namespace verbatim::policy
