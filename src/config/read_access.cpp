#include "config/settings_reader.hpp"

#include "config/names.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/config/public_key.hpp>

#include <set>

namespace verbatim::config {
namespace {

std::string place(const cross_checks::owner& owner)
{
    return owner.file + ':' + std::to_string(owner.line);
}

void read_authorized_keys(
    map_reader& map, user_settings& user, cross_checks& checks, findings& found)
{
    for (const auto& given : map.texts("authorized_keys")) {
        std::string why;
        std::string_view line = given.text;
        const auto rules = take_key_options(line);
        const auto key = parse_public_key(line, why);
        const bool has_options = line.size() != given.text.size();
        if (key && has_options && !key->type.starts_with("sk-")) {
            found.complain(given.line,
                "authorized_keys in " + map.where() + ": these options are for security keys");
            continue;
        }
        if (!key) {
            found.complain(given.line, "authorized_keys in " + map.where() + ": " + why);
            continue;
        }
        const auto [first, fresh] = checks.keys.emplace(
            key->blob, cross_checks::owner{user.name, found.file.string(), given.line});
        if (!fresh && first->second.user != user.name) {
            found.complain(given.line, "this key belongs to user '" + first->second.user +
                                           "' already (" + place(first->second) +
                                           "); a key names one user");
            continue;
        }
        if (!fresh) {
            found.complain(given.line, "this key stands here twice; see " + place(first->second));
            continue;
        }
        if (has_options) user.security_keys[key->line()] = rules;
        user.authorized_keys.push_back(
            key->comment.empty() ? key->line() : key->line() + ' ' + key->comment);
    }
}

// "sha256:" and 64 lower-case digits: what is kept of a bearer token.
bool is_token_hash(std::string_view text) noexcept
{
    constexpr std::string_view kind = "sha256:";
    if (!text.starts_with(kind) || text.size() != kind.size() + 64) return false;
    return text.find_first_not_of("0123456789abcdef", kind.size()) == std::string_view::npos;
}

void read_tokens(map_reader& map, user_settings& user, cross_checks& checks, findings& found)
{
    for (const auto& given : map.texts("kubernetes_tokens")) {
        if (!is_token_hash(given.text)) {
            // The text may be the token itself: it is not repeated.
            found.complain(given.line, "kubernetes_tokens in " + map.where() +
                                           ": \"sha256:\" and 64 lower-case hexadecimal digits are "
                                           "needed (`verbatim kubeconfig --token` makes them)");
            continue;
        }
        const auto [first, fresh] = checks.keys.emplace(
            given.text, cross_checks::owner{user.name, found.file.string(), given.line});
        if (fresh) user.kubernetes_tokens.push_back(given.text);
        else
            found.complain(
                given.line, "this token stands there already; see " + place(first->second));
    }
}

void read_user(map_reader& map, settings& to, cross_checks& checks, findings& found)
{
    user_settings user;
    if (!map.text("name", user.name)) found.complain(map.line(), "a user needs a name");
    else if (!is_user_name(user.name))
        map.complain(
            "name", "'" + escape_for_log(user.name, 80) +
                        "' must be lower-case letters, digits, '.', '_' and '-', and begin "
                        "with a letter or digit");
    else {
        const auto [first, fresh] = checks.users.emplace(
            user.name, cross_checks::owner{user.name, found.file.string(), map.line_of("name")});
        if (!fresh)
            map.complain(
                "name", "there is a user '" + user.name + "' already, at " + place(first->second));
    }
    for (auto& role : map.texts("roles")) {
        checks.role_uses.push_back({role.text, user.name, found.file, role.line});
        user.roles.push_back(std::move(role.text));
    }
    read_authorized_keys(map, user, checks, found);
    read_tokens(map, user, checks, found);
    read_user_proofs(map, user, checks.in_users_file, found);
    to.users.push_back(std::move(user));
}

// They travel in header fields, and what a role allows is those very names.
void read_kubernetes_names(map_reader& map, std::string_view key, std::vector<std::string>& to,
    bool literal, findings& found)
{
    for (auto& name : map.texts(key)) {
        std::string fault;
        if (name.text.empty()) fault = "empty";
        else if (name.text.size() > 253) fault = "longer than 253 bytes";
        else if (name.text.front() == ' ' || name.text.back() == ' ') fault = "a space at an end";
        else if (literal && name.text.find_first_of("*?{") != std::string::npos)
            fault = in_quotes(name.text) + ": what a role allows must be the names themselves";
        if (fault.empty()) to.push_back(std::move(name.text));
        else found.complain(name.line, std::string(key) + " in " + map.where() + ": " + fault);
    }
}

void read_conditions(map_reader& role, std::string_view key, access_conditions& to, findings& found)
{
    role.section(key, [&](map_reader& map) {
        map.texts("logins", to.logins);
        map.selector("targets", to.targets);
        for (auto& pattern : map.texts("addresses")) {
            auto fault = fault_of_address_pattern(pattern.text);
            if (fault.empty()) to.addresses.push_back(std::move(pattern.text));
            else found.complain(pattern.line, "addresses in " + map.where() + ": " + fault);
        }
        const bool literal = key == "allow";
        read_kubernetes_names(map, "kubernetes_groups", to.kubernetes_groups, literal, found);
        read_kubernetes_names(map, "kubernetes_users", to.kubernetes_users, literal, found);
        map.selector("kubernetes_labels", to.kubernetes_labels);
        read_session_joining(map, to, key == "allow", found);
        for (auto& right : map.texts("sessions")) {
            if (right.text == "list" || right.text == "kill")
                to.sessions.push_back(std::move(right.text));
            else
                found.complain(right.line, "sessions in " + map.where() + ": " +
                                               in_quotes(right.text) + " is none of: list, kill");
        }
        for (const auto* each : {"logins", "targets", "addresses", "kubernetes_labels",
                 "kubernetes_groups", "kubernetes_users"})
            to.lines.emplace(each, map.line_of(each));
    });
}

void read_host_keys(map_reader& map, target_settings& target, findings& found)
{
    for (const auto& given : map.texts("host_keys")) {
        std::string why;
        const auto key = parse_public_key(given.text, why);
        if (key) target.host_keys.push_back(key->line());
        else found.complain(given.line, "host_keys in " + map.where() + ": " + why);
    }
}

} // namespace

bool read_plain_name(map_reader& map, std::string& name, std::string_view what,
    std::map<std::string, int>& seen, findings& found)
{
    if (!map.text("name", name)) {
        found.complain(map.line(), "a " + std::string(what) + " needs a name");
        return false;
    }
    if (!is_plain_name(name)) {
        map.complain("name", "'" + escape_for_log(name, 80) +
                                 "' must be letters, digits, '.', '_' and '-', and begin with a "
                                 "letter or digit");
        return false;
    }
    const auto [first, fresh] = seen.emplace(name, map.line_of("name"));
    if (!fresh)
        map.complain("name", "there is a " + std::string(what) + " '" + name +
                                 "' already, on line " + std::to_string(first->second));
    return fresh;
}

void read_users(map_reader& root, settings& to, cross_checks& checks, findings& found)
{
    root.each("users", "user", [&](map_reader& map) { read_user(map, to, checks, found); });
}

void read_roles(map_reader& root, settings& to, findings& found)
{
    std::map<std::string, int> seen;
    root.each("roles", "role", [&](map_reader& map) {
        role_settings role;
        role.line = map.line();
        read_plain_name(map, role.name, "role", seen, found);
        read_conditions(map, "allow", role.allow, found);
        read_conditions(map, "deny", role.deny, found);
        map.section("options",
            [&](map_reader& options) { read_role_options(options, role.options, found); });
        to.roles.push_back(std::move(role));
    });
}

void read_targets(map_reader& root, settings& to, findings& found)
{
    std::map<std::string, int> seen;
    root.each("targets", "target", [&](map_reader& map) {
        target_settings target;
        read_plain_name(map, target.name, "target", seen, found);
        const auto address = map.text("address");
        std::string why;
        if (!address) found.complain(map.line(), map.where() + " needs an address");
        else if (!parse_target_address(address->text, target.host, target.port, why))
            map.complain("address", why);
        map.labels("labels", target.labels);
        read_host_keys(map, target, found);
        if (std::string path; map.text("identity_file", path)) target.identity_file = path;
        map.choice("login_with", target.login_with, {"proxy", "agent"});
        if (target.identity_file && target.login_with == "agent")
            map.complain("identity_file", "with `login_with: agent` no stored key is used");
        to.targets.push_back(std::move(target));
    });
}

void check_role_uses(const settings& value, const cross_checks& checks, findings& found)
{
    std::vector<std::string> names;
    for (const auto& role : value.roles) names.push_back(role.name);
    const std::set<std::string_view> known(names.begin(), names.end());
    for (const auto& use : checks.role_uses) {
        if (known.contains(use.role)) continue;
        if (found.is_full()) return;
        auto message = "user '" + use.user + "' has the role '" + escape_for_log(use.role, 80) +
                       "', which `roles` does not have";
        if (const auto near = nearest(use.role, names); !near.empty())
            message += "; did you mean '" + near + "'?";
        found.file = use.file;
        found.complain(use.line, std::move(message));
    }
}

} // namespace verbatim::config
