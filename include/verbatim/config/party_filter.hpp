#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim::config {

/// Which users count, by Teleport's predicate language as far as require_session_join uses it:
/// `contains(user.spec.roles, "auditor")` (also `user.roles`), `equals(user.name, "bob")`,
/// `user.name == "bob"`, `!=`, `!`, `&&`, `||`, parentheses. Copies share what they hold.
/// Thread: any; immutable.
class party_filter {
public:
    /// Holds for nobody.
    party_filter() = default;
    /// Longer ones, and deeper ones than this many levels, are refused.
    static constexpr std::size_t longest = 1024, deepest = 32;

    /// False and `why`, which says where and what would be understood.
    [[nodiscard]] static bool parse(std::string_view text, party_filter& to, std::string& why);

    bool holds_for(std::string_view user, const std::vector<std::string>& roles) const;
    /// As it was written; for people, a role that it asks for alone.
    const std::string& text() const noexcept { return text_; }
    /// The role, if all it asks for is one.
    const std::string& role() const noexcept { return role_; }

    struct node; ///< private to the parser

private:
    std::shared_ptr<const node> root_;
    std::string text_, role_;
};

} // namespace verbatim::config
