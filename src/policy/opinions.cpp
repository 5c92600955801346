#include "policy/opinions.hpp"

#include <verbatim/base/text.hpp>

namespace verbatim::policy {
namespace {

using config::access_conditions;
using opinion = role_opinion::verdict;

std::string quoted_text(std::string_view text) { return '\'' + escape_for_log(text, 80) + '\''; }

// "allow.logins, line 12"
std::string rule(const access_conditions& of, std::string_view side, const std::string& key)
{
    std::string out = std::string(side) + '.' + key;
    if (const auto line = of.lines.find(key); line != of.lines.end() && line->second > 0)
        out += ", line " + std::to_string(line->second);
    return out;
}

bool denies_by_labels(const access_conditions& deny, const subject& to)
{
    if (to.where.configured && matches(deny.targets, to.where.labels)) return true;
    return std::any_of(to.same_machine.begin(), to.same_machine.end(),
        [&](const auto* known) { return matches(deny.targets, known->labels); });
}

role_opinion of_role(const role& each, const std::string& login, const subject& to)
{
    const auto& settings = each.settings();
    const auto& allow = settings.allow;
    const auto& deny = settings.deny;
    role_opinion out{settings.name, settings.line, opinion::denies, {}};
    const auto name = quoted_text(to.where.name);
    if (each.denies_login(login)) {
        out.text = "denies login " + quoted_text(login) + " (" + rule(deny, "deny", "logins") + ')';
        return out;
    }
    if (each.denies_target(to)) {
        const char* key = denies_by_labels(deny, to) ? "targets" : "addresses";
        out.text = "denies target " + name + " (" + rule(deny, "deny", key) + ')';
        return out;
    }
    const bool login_is_allowed = each.allows_login(login);
    const bool target_is_allowed = each.allows_target(to);
    const auto of_login =
        "login " + quoted_text(login) + " (" + rule(allow, "allow", "logins") + ')';
    const bool by_labels =
        to.where.configured || (each.allows_where(to) && !each.allows_what_is_there(to));
    const auto of_target =
        "target " + name + " (" + rule(allow, "allow", by_labels ? "targets" : "addresses") + ')';
    out.says = login_is_allowed && target_is_allowed ? opinion::allows : opinion::nothing;
    if (out.says == opinion::allows) out.text = "allows " + of_login + " at " + of_target;
    else if (login_is_allowed) out.text = "does not allow " + of_target;
    else if (target_is_allowed) out.text = "does not allow " + of_login;
    else out.text = "does not allow " + of_login + " nor " + of_target;
    return out;
}

std::string label_key(const access_conditions& of)
{
    return of.kubernetes_labels.empty() ? "targets" : "kubernetes_labels";
}

bool matches_cluster(
    const access_conditions& of, const std::map<std::string, std::string>& labels) noexcept
{
    return matches(of.kubernetes_labels.empty() ? of.targets : of.kubernetes_labels, labels);
}

role_opinion of_role_at_cluster(
    const role& each, const std::string& cluster, const std::map<std::string, std::string>& labels)
{
    const auto& settings = each.settings();
    const auto& allow = settings.allow;
    const auto& deny = settings.deny;
    role_opinion out{settings.name, settings.line, opinion::nothing, {}};
    const auto name = "cluster " + quoted_text(cluster);
    if (matches_cluster(deny, labels)) {
        out.says = opinion::denies;
        out.text = "denies " + name + " (" + rule(deny, "deny", label_key(deny)) + ')';
    } else if (!matches_cluster(allow, labels)) {
        out.text = "does not allow " + name + " (" + rule(allow, "allow", label_key(allow)) + ')';
    } else if (allow.kubernetes_groups.empty() && allow.kubernetes_users.empty()) {
        out.text = "names neither kubernetes_groups nor kubernetes_users";
    } else {
        const char* names =
            allow.kubernetes_groups.empty() ? "kubernetes_users" : "kubernetes_groups";
        out.says = opinion::allows;
        out.text = "allows " + name + " (" + rule(allow, "allow", label_key(allow)) + ") as its " +
                   names + " (" + rule(allow, "allow", names) + ')';
    }
    return out;
}

} // namespace

std::vector<role_opinion> opinions_of(
    std::span<const role* const> roles, const std::string& login, const subject& to)
{
    std::vector<role_opinion> out;
    for (const auto* each : roles) out.push_back(of_role(*each, login, to));
    return out;
}

std::vector<role_opinion> cluster_opinions_of(std::span<const role* const> roles,
    const std::string& cluster, const std::map<std::string, std::string>& labels)
{
    std::vector<role_opinion> out;
    for (const auto* each : roles) out.push_back(of_role_at_cluster(*each, cluster, labels));
    return out;
}

} // namespace verbatim::policy
