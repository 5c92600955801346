#include "policy/session_sharing.hpp"

#include <algorithm>
#include <set>

namespace verbatim::policy {
namespace {

bool has(const std::vector<std::string>& list, std::string_view word)
{
    return std::find(list.begin(), list.end(), word) != list.end();
}

bool covers(const config::session_kinds& kinds, session_kind kind)
{
    return kind == session_kind::ssh ? kinds.ssh : kinds.kubernetes;
}

bool covers(const config::join_rule& rule, const session_owner& owner)
{
    if (!covers(rule.kinds, owner.kind)) return false;
    return has(rule.roles, "*") ||
           std::any_of(owner.roles.begin(), owner.roles.end(),
               [&](const auto& name) { return matches_any(rule.roles, name); });
}

bool any_rule(
    const config::access_conditions& of, const session_owner& owner, std::string_view mode)
{
    return std::any_of(of.join_sessions.begin(), of.join_sessions.end(), [&](const auto& rule) {
        return covers(rule, owner) && (mode.empty() ? !rule.modes.empty() : has(rule.modes, mode));
    });
}

template <class Test>
bool any_role(std::span<const role* const> roles, Test test)
{
    return std::any_of(
        roles.begin(), roles.end(), [&](const role* each) { return test(each->settings()); });
}

} // namespace

std::string_view to_string(party_mode mode) noexcept
{
    switch (mode) {
    case party_mode::observer: return "observer";
    case party_mode::peer: return "peer";
    case party_mode::moderator: return "moderator";
    }
    return "observer";
}

std::optional<party_mode> parse_party_mode(std::string_view text) noexcept
{
    for (const auto mode : {party_mode::observer, party_mode::peer, party_mode::moderator})
        if (text == to_string(mode)) return mode;
    return std::nullopt;
}

session_rights rights_of(std::span<const role* const> roles, const session_owner& owner)
{
    const auto right = [&](std::string_view name, std::string_view mode, bool allow) {
        return any_role(roles, [&](const config::role_settings& each) {
            const auto& of = allow ? each.allow : each.deny;
            return has(of.sessions, name) || any_rule(of, owner, mode);
        });
    };
    const bool may_list = right("list", {}, true) || right("kill", "moderator", true);
    // Whom one may not see one cannot name.
    const bool list = may_list && !right("list", "observer", false);
    return {list, list && right("kill", "moderator", true) && !right("kill", "moderator", false)};
}

bool permit_joining(std::span<const role* const> roles, const session_owner& owner, party_mode mode)
{
    const auto name = to_string(mode);
    return any_role(roles, [&](const auto& each) { return any_rule(each.allow, owner, name); }) &&
           !any_role(roles, [&](const auto& each) { return any_rule(each.deny, owner, name); });
}

join_requirements requirements_of(std::span<const role* const> roles, session_kind kind)
{
    join_requirements out;
    for (const auto* each : roles) {
        std::vector<config::join_requirement> of_role;
        for (const auto& one : each->settings().allow.require_session_join)
            if (covers(one.kinds, kind)) of_role.push_back(one);
        if (!of_role.empty()) out.add(std::move(of_role));
    }
    return out;
}

// --- join_requirements

std::size_t join_requirements::count_of(
    const config::join_requirement& one, std::span<const party> parties)
{
    std::set<std::string_view> users; // who has joined twice is one pair of eyes
    for (const auto& each : parties)
        if (has(one.modes, to_string(each.mode)) && one.filter.holds_for(each.user, each.roles))
            users.insert(each.user);
    return users.size();
}

std::string join_requirements::missing(std::span<const party> parties) const
{
    std::string out;
    for (const auto& alternatives : roles_) {
        std::string one_of;
        bool satisfied = false;
        for (const auto& each : alternatives) {
            const auto there = count_of(each, parties);
            if (there >= each.count) satisfied = true;
            const auto lacking =
                std::to_string(each.count - std::min<std::size_t>(there, each.count));
            const auto& role = each.filter.role();
            std::string modes;
            for (const auto& mode : each.modes) modes += (modes.empty() ? "" : " or ") + mode;
            one_of += (one_of.empty() ? "" : ", or ") + lacking + " more " +
                      (role.empty() ? "for whom " + each.filter.text() : "with the role " + role) +
                      " as " + modes;
        }
        if (!satisfied) out += (out.empty() ? "" : "; and ") + one_of;
    }
    return out;
}

bool join_requirements::pause_on_leave() const
{
    return std::all_of(roles_.begin(), roles_.end(), [](const auto& alternatives) {
        return std::all_of(alternatives.begin(), alternatives.end(),
            [](const auto& each) { return each.pause_on_leave; });
    });
}

} // namespace verbatim::policy
