#pragma once
// The words of shared sessions, as roles and commands use them.

#include <verbatim/config/settings.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace verbatim::policy {

enum class session_kind : std::uint8_t { ssh, kubernetes };

/// What a party of somebody else's session may do there.
enum class party_mode : std::uint8_t {
    observer, ///< see
    peer,     ///< see and type
    moderator ///< see, pause, end
};

/// Whose session it is, as join_sessions look at it.
struct session_owner {
    std::string user;
    std::vector<std::string> roles; ///< all of the user's
    session_kind kind = session_kind::ssh;
};

std::string_view to_string(party_mode mode) noexcept;
std::optional<party_mode> parse_party_mode(std::string_view text) noexcept;

/// Who must have joined while a session runs: of each role that asks for it one rule, as a whole.
/// Thread: any; immutable once built.
class join_requirements {
public:
    struct party {
        std::string user;
        std::vector<std::string> roles;
        party_mode mode = party_mode::observer;
    };
    /// The rules of one role.
    void add(std::vector<config::join_requirement> any_of) { roles_.push_back(std::move(any_of)); }

    bool empty() const noexcept { return roles_.empty(); }
    /// Who is missing, for people: "1 more with the role auditor as moderator"; empty: nobody.
    std::string missing(std::span<const party> parties) const;
    /// Someone needed has left: the session is paused. False: it ends, as one rule wants it.
    bool pause_on_leave() const;

private:
    static std::size_t count_of(
        const config::join_requirement& one, std::span<const party> parties);

    std::vector<std::vector<config::join_requirement>> roles_;
};

} // namespace verbatim::policy
