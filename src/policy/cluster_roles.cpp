#include "policy/cluster_roles.hpp"

#include <verbatim/base/text.hpp>

namespace verbatim::policy {
namespace {

using label_map = std::map<std::string, std::string>;

std::string quoted_text(std::string_view text) { return '\'' + escape_for_log(text, 80) + '\''; }

const config::label_selector& cluster_labels(const config::access_conditions& conditions) noexcept
{
    return conditions.kubernetes_labels.empty() ? conditions.targets : conditions.kubernetes_labels;
}

bool names_somebody(const config::access_conditions& conditions) noexcept
{
    return !conditions.kubernetes_groups.empty() || !conditions.kubernetes_users.empty();
}

void add_new(std::vector<std::string>& to, const std::vector<std::string>& names)
{
    for (const auto& name : names)
        if (!name.empty() && std::find(to.begin(), to.end(), name) == to.end()) to.push_back(name);
}

std::string refusal(
    std::span<const role* const> roles, const std::string& cluster, const label_map& labels)
{
    std::string text;
    for (const auto* each : roles) {
        const auto& allow = each->settings().allow;
        if (!text.empty()) text += "; ";
        text += "role " + each->settings().name;
        if (!matches(cluster_labels(allow), labels))
            text += " does not allow cluster " + quoted_text(cluster);
        else text += " names neither kubernetes_groups nor kubernetes_users";
    }
    return text;
}

// Denied names are taken out of what other roles give. The role that denies `name`, or null.
const role* denier(std::span<const role* const> roles, std::string_view name,
    std::vector<std::string> config::access_conditions::*list) noexcept
{
    for (const auto* each : roles)
        if (matches_any(each->settings().deny.*list, name)) return each;
    return nullptr;
}

void take_out_denied(std::span<const role* const> roles, std::vector<std::string>& names,
    std::vector<std::string> config::access_conditions::*list)
{
    std::erase_if(
        names, [&](const std::string& name) { return denier(roles, name, list) != nullptr; });
}

} // namespace

result<kubernetes_grant> authorize_cluster(std::span<const role* const> roles,
    const std::string& user, const std::string& cluster, const label_map& labels,
    recording_defaults defaults, std::string& why)
{
    for (const auto* each : roles) {
        if (!matches(cluster_labels(each->settings().deny), labels)) continue;
        why = "role " + each->settings().name + " denies cluster " + quoted_text(cluster);
        return errc::access_denied;
    }
    kubernetes_grant sum;
    sum.user = user;
    sum.record_port_forward = false;
    std::vector<std::string> users;
    std::vector<const role*> granting;
    for (const auto* each : roles) {
        const auto& settings = each->settings();
        const auto& allow = settings.allow;
        if (!names_somebody(allow) || !matches(cluster_labels(allow), labels)) continue;
        sum.roles.push_back(settings.name);
        granting.push_back(each);
        sum.record_port_forward |= settings.options.record_port_forward;
        add_new(users, allow.kubernetes_users);
        add_new(sum.as_groups, allow.kubernetes_groups);
    }
    if (sum.roles.empty()) {
        why = refusal(roles, cluster, labels);
        return errc::access_denied;
    }
    add_up(granting, defaults, sum);
    take_out_denied(roles, users, &config::access_conditions::kubernetes_users);
    take_out_denied(roles, sum.as_groups, &config::access_conditions::kubernetes_groups);
    if (users.empty() && sum.as_groups.empty()) {
        why = "every name and group that the roles allow is denied by one";
        return errc::access_denied;
    }
    // Several names are a choice that nobody has made; the user's own is never a wrong one.
    sum.as_user = users.size() == 1 ? users.front() : user;
    if (const auto* by = denier(roles, sum.as_user, &config::access_conditions::kubernetes_users)) {
        why = "role " + by->settings().name + " denies the name " + quoted_text(sum.as_user);
        return errc::access_denied;
    }
    return sum;
}

} // namespace verbatim::policy
