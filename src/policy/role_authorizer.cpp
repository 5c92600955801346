#include <verbatim/policy/authorizer.hpp>

#include "policy/cluster_roles.hpp"
#include "policy/opinions.hpp"
#include "policy/options_sum.hpp"
#include "policy/role.hpp"
#include "policy/same_host.hpp"
#include "policy/session_sharing.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/config/public_key.hpp>

#include <unordered_map>

namespace verbatim::policy {
namespace {

std::string quoted_text(std::string_view text) { return '\'' + escape_for_log(text, 80) + '\''; }

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::string allowing(const std::vector<std::string>& roles)
{
    const bool one = roles.size() == 1;
    return (one ? "role " : "roles ") + joined(roles) + (one ? " allows it" : " allow it");
}

/// A configured target, ready to be recognised.
struct known_target {
    explicit known_target(const config::target_settings& s)
        : settings(s), name(normalised_name(s.name)), host(s.host)
    {}
    config::target_settings settings;
    std::string name;
    host_identity host;
};

class role_authorizer final : public authorizer {
public:
    explicit role_authorizer(const config::settings& settings);

    std::optional<std::string> user_of_key(std::string_view key) const override;
    target find_target(std::string_view name, std::optional<std::uint16_t> port) const override;
    result<grant> authorize(const std::string& user, const std::string& login, const target& where,
        const std::vector<std::string>& resolved_addresses, std::string& why) const override;
    std::vector<reachable> reachable_targets(const std::string& user) const override;
    std::optional<std::string> user_of_token(std::string_view hash) const override;
    bool has_user(std::string_view name) const override;
    result<kubernetes_grant> authorize_kubernetes(const std::string& user,
        const std::string& cluster, const std::map<std::string, std::string>& labels,
        std::string& why) const override;
    std::vector<role_opinion> opinions(const std::string& user, const std::string& login,
        const target& where, const std::vector<std::string>& resolved_addresses) const override;
    std::vector<role_opinion> cluster_opinions(const std::string& user, const std::string& cluster,
        const std::map<std::string, std::string>& labels) const override;
    session_rights rights_over(const std::string& user, const session_owner& owner) const override;
    join_requirements requirements_for(const std::string& user, session_kind kind) const override;
    std::vector<std::string> roles_of(const std::string& user) const override;
    bool ends_with_certificate(const std::string& user) const override;
    bool may_join(
        const std::string& user, const session_owner& owner, party_mode mode) const override;

private:
    using role_list = std::vector<const role*>;

    const config::target_settings* find_named(std::string_view name) const;
    const config::target_settings* find_at(std::string_view host, std::uint16_t port) const;
    const role_list* find_roles(const std::string& user, std::string& why) const;
    std::optional<subject> subject_of(const target& where,
        const std::vector<std::string>& resolved_addresses, std::string& why) const;
    static std::string denial(const role_list& roles, const std::string& login, const subject& to);
    static std::string refusal(const role_list& roles, const std::string& login, const subject& to);

    recording_defaults defaults_;
    std::vector<known_target> targets_;
    std::vector<std::unique_ptr<role>> roles_;
    std::unordered_map<std::string, role_list> roles_of_user_;
    std::unordered_map<std::string, std::string> user_of_blob_;
    std::unordered_map<std::string, std::string> user_of_token_; ///< by the token's hash
};

role_authorizer::role_authorizer(const config::settings& settings)
    : defaults_{settings.record_session != "best_effort", settings.record_input != "off"},
      targets_(settings.targets.begin(), settings.targets.end())
{
    for (const auto& each : settings.roles) roles_.push_back(std::make_unique<role>(each));
    for (const auto& user : settings.users) {
        auto& roles = roles_of_user_[user.name];
        for (const auto& each : roles_) {
            const auto& name = each->settings().name;
            if (std::find(user.roles.begin(), user.roles.end(), name) != user.roles.end())
                roles.push_back(each.get());
        }
        std::string ignored;
        for (const auto& line : user.authorized_keys)
            if (const auto key = config::parse_public_key(line, ignored))
                user_of_blob_.emplace(key->blob, user.name);
        for (const auto& hash : user.kubernetes_tokens) user_of_token_.emplace(hash, user.name);
    }
}

std::optional<std::string> role_authorizer::user_of_key(std::string_view key) const
{
    std::string ignored;
    const auto parsed = config::parse_public_key(key, ignored);
    if (!parsed) return std::nullopt;
    const auto found = user_of_blob_.find(parsed->blob);
    if (found == user_of_blob_.end()) return std::nullopt;
    return found->second;
}

target of_settings(const config::target_settings& settings)
{
    return {settings.name, settings.host, settings.port, settings.labels, settings.host_keys,
        settings.identity_file, true, settings.login_with == "agent"};
}

const config::target_settings* role_authorizer::find_named(std::string_view name) const
{
    for (const auto& each : targets_)
        if (each.settings.name == name) return &each.settings;
    const auto normalised = normalised_name(name);
    for (const auto& each : targets_)
        if (each.name == normalised) return &each.settings;
    return nullptr;
}

const config::target_settings* role_authorizer::find_at(
    std::string_view host, std::uint16_t port) const
{
    const host_identity wanted(host);
    for (const auto& each : targets_)
        if (each.host == wanted && each.settings.port == port) return &each.settings;
    return nullptr;
}

target role_authorizer::find_target(std::string_view name, std::optional<std::uint16_t> port) const
{
    const auto* named = find_named(name);
    if (!named) {
        const auto at = port.value_or(22);
        if (const auto* known = find_at(name, at)) return of_settings(*known);
        return {std::string(name), std::string(name), at, {}, {}, {}, false};
    }
    auto found = of_settings(*named);
    if (!port || *port == found.port) return found;
    // Another port is another server, which may be a configured one. The pinned host key still
    // proves that it is this target; without one it is no more than an address.
    if (const auto* known = find_at(named->host, *port)) return of_settings(*known);
    found.port = *port;
    if (!found.host_keys.empty()) return found;
    return {std::string(name), named->host, *port, {}, {}, {}, false};
}

std::optional<subject> role_authorizer::subject_of(
    const target& where, const std::vector<std::string>& resolved_addresses, std::string& why) const
{
    subject to{where, {}, {}, {}};
    if (const auto literal = config::parse_ip_address(where.host)) to.addresses.push_back(*literal);
    for (const auto& text : resolved_addresses) {
        const auto address = config::parse_ip_address(text);
        if (!address) {
            // A zone ("fe80::1%eth0") or a resolver's oddity: what cannot be judged is refused.
            why = "address " + quoted_text(text) + " of the target cannot be judged";
            return std::nullopt;
        }
        to.addresses.push_back(*address);
    }
    if (where.configured) return to;
    const auto add = [&](const auto& is_there) {
        std::vector<const config::target_settings*> same_port;
        for (const auto& each : targets_) {
            if (!is_there(each.host)) continue;
            to.same_machine.push_back(&each.settings);
            if (each.settings.port == where.port) same_port.push_back(&each.settings);
        }
        if (!same_port.empty()) to.same_endpoints.push_back(std::move(same_port));
    };
    for (const auto& address : to.addresses)
        add([&](const host_identity& host) { return host.is(address); });
    const host_identity typed(where.host);
    add([&](const host_identity& host) { return host == typed; });
    return to;
}

std::string role_authorizer::denial(
    const role_list& roles, const std::string& login, const subject& to)
{
    for (const auto* each : roles) {
        if (each->denies_login(login))
            return "role " + each->settings().name + " denies login " + quoted_text(login);
        if (each->denies_target(to))
            return "role " + each->settings().name + " denies target " + quoted_text(to.where.name);
    }
    return {};
}

std::string role_authorizer::refusal(
    const role_list& roles, const std::string& login, const subject& to)
{
    std::string text;
    for (const auto* each : roles) {
        if (!text.empty()) text += "; ";
        text += "role " + each->settings().name + " does not allow ";
        const bool login_is_allowed = each->allows_login(login);
        if (!login_is_allowed) text += "login " + quoted_text(login);
        if (each->allows_target(to)) continue;
        if (!login_is_allowed) text += " nor ";
        text += "target " + quoted_text(to.where.name);
        if (to.where.configured) continue;
        text += each->allows_where(to) ? ", which is a configured one, by its labels"
                                       : ", which is not configured, by its addresses";
    }
    return text;
}

const role_authorizer::role_list* role_authorizer::find_roles(
    const std::string& user, std::string& why) const
{
    const auto found = roles_of_user_.find(user);
    if (found == roles_of_user_.end()) why = "there is no user " + quoted_text(user);
    else if (found->second.empty()) why = "user " + quoted_text(user) + " has no roles";
    else return &found->second;
    return nullptr;
}

result<grant> role_authorizer::authorize(const std::string& user, const std::string& login,
    const target& where, const std::vector<std::string>& resolved_addresses, std::string& why) const
{
    why.clear();
    const auto* found = find_roles(user, why);
    if (found == nullptr) return errc::access_denied;
    const auto& roles = *found;
    const auto to = subject_of(where, resolved_addresses, why);
    if (!to) return errc::access_denied;
    why = denial(roles, login, *to);
    if (!why.empty()) return errc::access_denied;
    role_list granting;
    for (const auto* each : roles)
        if (each->allows_login(login) && each->allows_target(*to)) granting.push_back(each);
    if (granting.empty()) {
        why = refusal(roles, login, *to);
        return errc::access_denied;
    }
    grant sum;
    sum.user = user;
    sum.login = login;
    add_up(granting, defaults_, sum);
    why = allowing(sum.roles);
    return sum;
}

std::vector<authorizer::reachable> role_authorizer::reachable_targets(const std::string& user) const
{
    const auto found = roles_of_user_.find(user);
    if (found == roles_of_user_.end()) return {};
    std::vector<reachable> list;
    for (const auto& each : targets_) {
        const auto where = of_settings(each.settings);
        const subject to{where, {}, {}, {}};
        const bool v6 = where.host.find(':') != std::string::npos;
        reachable entry{where.name,
            (v6 ? '[' + where.host + ']' : where.host) + ':' + std::to_string(where.port), {}};
        bool denied = false;
        for (const auto* role : found->second) {
            denied = denied || role->denies_target(to);
            if (!role->allows_target(to)) continue;
            for (const auto& login : role->settings().allow.logins)
                if (std::find(entry.logins.begin(), entry.logins.end(), login) ==
                    entry.logins.end())
                    entry.logins.push_back(login);
        }
        // A pattern stays, though a deny may take some of its names away.
        std::erase_if(entry.logins, [&](const std::string& login) {
            return std::any_of(found->second.begin(), found->second.end(),
                [&](const role* role) { return role->denies_login(login); });
        });
        if (!denied && !entry.logins.empty()) list.push_back(std::move(entry));
    }
    return list;
}

// The hash of a token of 256 random bits: how long the look-up takes tells nothing of use.
std::optional<std::string> role_authorizer::user_of_token(std::string_view hash) const
{
    const auto found = user_of_token_.find(std::string(hash));
    if (found == user_of_token_.end()) return std::nullopt;
    return found->second;
}

bool role_authorizer::has_user(std::string_view name) const
{
    return roles_of_user_.contains(std::string(name));
}

result<kubernetes_grant> role_authorizer::authorize_kubernetes(const std::string& user,
    const std::string& cluster, const std::map<std::string, std::string>& labels,
    std::string& why) const
{
    why.clear();
    const auto* roles = find_roles(user, why);
    if (roles == nullptr) return errc::access_denied;
    auto sum = authorize_cluster(*roles, user, cluster, labels, defaults_, why);
    if (sum) why = allowing(sum->roles);
    return sum;
}

std::vector<role_opinion> role_authorizer::opinions(const std::string& user,
    const std::string& login, const target& where,
    const std::vector<std::string>& resolved_addresses) const
{
    std::string ignored;
    const auto* roles = find_roles(user, ignored);
    const auto to = subject_of(where, resolved_addresses, ignored);
    if (roles == nullptr || !to) return {};
    return opinions_of(*roles, login, *to);
}

std::vector<role_opinion> role_authorizer::cluster_opinions(const std::string& user,
    const std::string& cluster, const std::map<std::string, std::string>& labels) const
{
    std::string ignored;
    const auto* roles = find_roles(user, ignored);
    if (roles == nullptr) return {};
    return cluster_opinions_of(*roles, cluster, labels);
}

session_rights role_authorizer::rights_over(
    const std::string& user, const session_owner& owner) const
{
    if (user == owner.user) return {true, true};
    std::string ignored;
    const auto* roles = find_roles(user, ignored);
    return roles == nullptr ? session_rights{} : rights_of(*roles, owner);
}

join_requirements role_authorizer::requirements_for(
    const std::string& user, session_kind kind) const
{
    std::string ignored;
    const auto* roles = find_roles(user, ignored);
    return roles == nullptr ? join_requirements{} : requirements_of(*roles, kind);
}

bool role_authorizer::ends_with_certificate(const std::string& user) const
{
    const auto found = roles_of_user_.find(user);
    return found != roles_of_user_.end() &&
           std::ranges::any_of(found->second,
               [](const role* each) { return each->settings().options.disconnect_expired_cert; });
}

std::vector<std::string> role_authorizer::roles_of(const std::string& user) const
{
    std::vector<std::string> out;
    std::string ignored;
    if (const auto* roles = find_roles(user, ignored))
        for (const auto* each : *roles) out.push_back(each->settings().name);
    return out;
}

bool role_authorizer::may_join(
    const std::string& user, const session_owner& owner, party_mode mode) const
{
    std::string ignored;
    const auto* roles = find_roles(user, ignored);
    if (roles == nullptr) return false;
    if (user == owner.user && mode != party_mode::moderator) return true;
    return permit_joining(*roles, owner, mode);
}

} // namespace

std::unique_ptr<authorizer> make_role_authorizer(const config::settings& settings)
{
    return std::make_unique<role_authorizer>(settings);
}

} // namespace verbatim::policy
