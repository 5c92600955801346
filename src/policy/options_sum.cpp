#include "policy/options_sum.hpp"

namespace verbatim::policy {
namespace {

using role_span = std::span<const role* const>;

/// One role that says yes is enough; where none says anything, `otherwise`.
bool any_permits(
    role_span roles, std::optional<bool> config::role_options::*option, bool otherwise) noexcept
{
    bool said = false;
    for (const auto* each : roles) {
        const auto& value = each->settings().options.*option;
        if (value == true) return true;
        said = said || value.has_value();
    }
    return said ? false : otherwise;
}

/// The smallest that is not 0, which is no limit.
template <class Value>
Value smallest(role_span roles, Value config::role_options::*option) noexcept
{
    Value least{};
    for (const auto* each : roles) {
        const auto value = each->settings().options.*option;
        if (value != Value{} && (least == Value{} || value < least)) least = value;
    }
    return least;
}

bool records_input(role_span roles, bool otherwise) noexcept
{
    bool all_off = !roles.empty();
    for (const auto* each : roles) {
        const auto& value = each->settings().options.record_input;
        if (value == "full") return true;
        all_off = all_off && value == "off";
    }
    return all_off ? false : otherwise;
}

} // namespace

void add_up(role_span granting, recording_defaults defaults, session_rules& to)
{
    using options = config::role_options;
    to.strict_recording = defaults.strict;
    for (const auto* each : granting) {
        const auto& own = each->settings().options;
        to.strict_recording |= own.record_session == "strict";
        to.disconnect_expired_cert |= own.disconnect_expired_cert;
    }
    to.record_input = records_input(granting, defaults.input);
    to.file_upload = any_permits(granting, &options::file_upload, true);
    to.file_download = any_permits(granting, &options::file_download, true);
    to.ssh_in_forward = any_permits(granting, &options::ssh_in_forward, false);
    to.max_sessions = smallest(granting, &options::max_sessions);
    to.client_idle_timeout = smallest(granting, &options::client_idle_timeout);
    to.max_session_ttl = smallest(granting, &options::max_session_ttl);
}

void add_up(role_span granting, recording_defaults defaults, grant& to)
{
    using options = config::role_options;
    add_up(granting, defaults, static_cast<session_rules&>(to));
    to.agent_forwarding = any_permits(granting, &options::agent_forwarding, false);
    to.x11_forwarding = any_permits(granting, &options::x11_forwarding, false);
    to.local_forwarding = any_permits(granting, &options::local_forwarding, false);
    to.remote_forwarding = any_permits(granting, &options::remote_forwarding, false);
    for (const auto* each : granting) {
        const auto& own = each->settings();
        to.roles.push_back(own.name);
        if (to.force_command.empty()) to.force_command = own.options.force_command;
    }
}

} // namespace verbatim::policy
