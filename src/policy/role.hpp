#pragma once
// One role of the configuration, ready to answer.

#include <verbatim/config/address_range.hpp>
#include <verbatim/config/settings.hpp>
#include <verbatim/policy/authorizer.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim::policy {

/// A target as roles see it: what is known of its addresses, and which configured targets it is
/// under another name.
struct subject {
    const target& where;
    std::vector<config::ip_address> addresses;                ///< empty: not resolved yet
    std::vector<const config::target_settings*> same_machine; ///< whatever the port
    /// Those at the same port too, by address: of each, one must be allowed.
    std::vector<std::vector<const config::target_settings*>> same_endpoints;
};

bool matches_any(std::span<const std::string> patterns, std::string_view text) noexcept;
/// Empty selectors match nothing.
bool matches(const config::label_selector& selector,
    const std::map<std::string, std::string>& labels) noexcept;

class role {
public:
    explicit role(const config::role_settings& settings);

    const config::role_settings& settings() const noexcept { return settings_; }

    bool allows_login(std::string_view login) const noexcept;
    /// allows_where() and allows_what_is_there().
    bool allows_target(const subject& to) const noexcept;
    /// By the labels of a configured target, the addresses of another.
    bool allows_where(const subject& to) const noexcept;
    /// By the labels of the configured targets that it is under another name.
    bool allows_what_is_there(const subject& to) const noexcept;
    bool denies_login(std::string_view login) const noexcept;
    bool denies_target(const subject& to) const noexcept;

private:
    /// The `addresses:` patterns, sorted by kind.
    struct address_patterns {
        std::vector<config::address_range> ranges;
        std::vector<std::string> names; ///< lower case globs
    };
    static address_patterns sort_patterns(const std::vector<std::string>& patterns);
    bool allows_address(const config::ip_address& address, bool by_name) const noexcept;

    config::role_settings settings_;
    address_patterns allowed_, denied_;
};

} // namespace verbatim::policy
