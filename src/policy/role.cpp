#include "policy/role.hpp"

#include "policy/glob.hpp"
#include "policy/same_host.hpp"
#include "policy/special_ranges.hpp"

namespace verbatim::policy {
namespace {

bool matches_name(std::span<const std::string> patterns, std::string_view host)
{
    // A pattern for names says nothing about numbers, but "*" is for both.
    const bool literal = config::parse_ip_address(host).has_value();
    const auto name = normalised_name(host);
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
        return literal ? pattern == "*" : glob_matches(pattern, name);
    });
}

} // namespace

bool matches_any(std::span<const std::string> patterns, std::string_view text) noexcept
{
    return std::any_of(patterns.begin(), patterns.end(),
        [&](const std::string& pattern) { return glob_matches(pattern, text); });
}

bool matches(const config::label_selector& selector,
    const std::map<std::string, std::string>& labels) noexcept
{
    if (selector.empty()) return false;
    for (const auto& [name, patterns] : selector) {
        if (name == "*") continue; // the configuration admits it with the value "*" only
        const auto label = labels.find(name);
        if (label == labels.end() || !matches_any(patterns, label->second)) return false;
    }
    return true;
}

role::role(const config::role_settings& settings)
    : settings_(settings), allowed_(sort_patterns(settings.allow.addresses)),
      denied_(sort_patterns(settings.deny.addresses))
{}

role::address_patterns role::sort_patterns(const std::vector<std::string>& patterns)
{
    address_patterns sorted;
    for (const auto& pattern : patterns) {
        if (const auto range = config::parse_address_range(pattern))
            sorted.ranges.push_back(*range);
        else sorted.names.push_back(normalised_name(pattern));
    }
    return sorted;
}

bool role::allows_login(std::string_view login) const noexcept
{
    return matches_any(settings_.allow.logins, login);
}

bool role::denies_login(std::string_view login) const noexcept
{
    return matches_any(settings_.deny.logins, login);
}

bool role::allows_address(const config::ip_address& address, bool by_name) const noexcept
{
    if (by_name && !is_special(address)) return true;
    return std::any_of(allowed_.ranges.begin(), allowed_.ranges.end(),
        [&](const config::address_range& range) { return opens(range, address); });
}

bool role::allows_target(const subject& to) const noexcept
{
    return allows_where(to) && allows_what_is_there(to);
}

// Another name of a configured target does not lead around its labels.
bool role::allows_what_is_there(const subject& to) const noexcept
{
    return std::all_of(to.same_endpoints.begin(), to.same_endpoints.end(), [&](const auto& known) {
        return std::any_of(known.begin(), known.end(),
            [&](const auto* each) { return matches(settings_.allow.targets, each->labels); });
    });
}

bool role::allows_where(const subject& to) const noexcept
{
    if (to.where.configured) return matches(settings_.allow.targets, to.where.labels);
    const bool by_name = matches_name(allowed_.names, to.where.host);
    // Before resolution a name may still turn out to lie in one of the ranges.
    if (to.addresses.empty()) return by_name || !allowed_.ranges.empty();
    return std::all_of(to.addresses.begin(), to.addresses.end(),
        [&](const config::ip_address& address) { return allows_address(address, by_name); });
}

bool role::denies_target(const subject& to) const noexcept
{
    if (to.where.configured && matches(settings_.deny.targets, to.where.labels)) return true;
    for (const auto* known : to.same_machine)
        if (matches(settings_.deny.targets, known->labels)) return true;
    if (matches_name(denied_.names, to.where.host)) return true;
    return std::any_of(
        to.addresses.begin(), to.addresses.end(), [&](const config::ip_address& address) {
            return std::any_of(denied_.ranges.begin(), denied_.ranges.end(),
                [&](const config::address_range& range) {
                    return range.contains(address) || range.contains(plain_address(address));
                });
        });
}

} // namespace verbatim::policy
