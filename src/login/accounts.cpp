#include <verbatim/login/accounts.hpp>

#include <algorithm>

namespace verbatim::login {
namespace {

bool has(const std::vector<std::string>& list, std::string_view method)
{
    return std::find(list.begin(), list.end(), method) != list.end();
}

// A list that the user has the means for. A password alone is not enough for who has codes, and
// codes alone are no factor to begin with.
bool can_pass(const std::vector<std::string>& list, const account& user)
{
    const bool interactive = has(list, "keyboard-interactive");
    if (has(list, "password") && (!user.password_hash || (user.totp_secret && !interactive)))
        return false;
    // After the password nothing but a code is left to ask for.
    if (interactive && has(list, "password") && !user.totp_secret) return false;
    if (!interactive || user.password_hash) return true;
    return user.totp_secret && list.front() == "publickey";
}

std::vector<config::method_lists> requirements_of(
    const config::user_settings& user, const config::settings& settings, account& to)
{
    std::vector<config::method_lists> out;
    const auto add = [&](const config::method_lists& lists) {
        if (std::find(out.begin(), out.end(), lists) == out.end()) out.push_back(lists);
    };
    for (const auto& role : settings.roles) {
        if (!has(user.roles, role.name)) continue;
        to.verify_required |= role.options.verify_required;
        const auto& own = role.options.authentication_methods;
        add(own.empty() ? settings.ssh.authentication_methods : own);
    }
    if (out.empty()) add(settings.ssh.authentication_methods);
    for (auto& lists : out)
        std::erase_if(lists, [&](const auto& list) { return !can_pass(list, to); });
    return out;
}

// The first method of each list would not do: of "password,keyboard-interactive" that is a password
// without a code.
std::vector<config::method_lists> requirements_inside(
    const config::user_settings& user, const config::settings& settings, const account& of)
{
    bool asks_for_keys = false;
    for (const auto& lists : of.requirements) {
        if (lists.empty()) return of.requirements; // nobody can meet them
        for (const auto& list : lists) asks_for_keys |= has(list, "publickey");
    }
    const bool may_have_keys =
        !user.authorized_keys.empty() || !settings.ssh.trusted_user_ca_keys.empty();
    if (asks_for_keys && may_have_keys) return {{{"publickey"}}};
    return of.requirements;
}

} // namespace

accounts::accounts(const config::settings& settings)
{
    bool interactive = false, password = false;
    for (const auto& user : settings.users) {
        account made;
        made.name = user.name;
        made.password_hash = user.password_hash;
        made.totp_secret = user.totp_secret;
        made.security_keys = user.security_keys;
        made.requirements = requirements_of(user, settings, made);
        made.requirements_inside = requirements_inside(user, settings, made);
        const progress fresh(made.requirements);
        interactive |= fresh.expects("keyboard-interactive");
        password |= fresh.expects("password");
        asks_for_codes_ |= fresh.expects("keyboard-interactive") && made.totp_secret != nullptr;
        const auto& placed = accounts_.emplace(user.name, std::move(made)).first->second;
        if (user.principals.empty()) by_principal_.emplace(user.name, &placed);
        for (const auto& principal : user.principals) by_principal_.emplace(principal, &placed);
    }
    first_methods_.emplace_back("publickey");
    if (interactive) first_methods_.emplace_back("keyboard-interactive");
    if (password) first_methods_.emplace_back("password");
}

const account* accounts::find(std::string_view name) const
{
    const auto found = accounts_.find(name);
    return found == accounts_.end() ? nullptr : &found->second;
}

std::vector<const account*> accounts::of_principals(
    const std::vector<std::string>& principals) const
{
    std::vector<const account*> out;
    for (const auto& principal : principals) {
        const auto [first, last] = by_principal_.equal_range(principal);
        for (auto at = first; at != last; ++at)
            if (std::find(out.begin(), out.end(), at->second) == out.end())
                out.push_back(at->second);
    }
    return out;
}

} // namespace verbatim::login
