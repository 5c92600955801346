#pragma once

#include "server/login_rules.hpp"

#include <verbatim/base/clock.hpp>
#include <verbatim/ssh/login_certificate.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace verbatim::server {

/// What a certificate that is good now limits the login to.
struct certificate_limits {
    std::optional<wall_time> expires; ///< none: never
    std::string force_command;        ///< empty: none
    bool port_forwarding = true, agent_forwarding = true, x11_forwarding = true;
    bool terminal = true, user_rc = true; ///< permit-pty; permit-user-rc: ~/.ssh/rc at the target
    bool touch_required = true, verify_required = false; ///< of security keys
};

/// Judges all of a certificate but whom it is for. `target_ca` is what the proxy signs its own
/// logins at targets with: it is never a user's. `remote` is the client's "address:port".
/// Errors: errc::access_denied; `why` is for the books, not for the client.
[[nodiscard]] result<certificate_limits> check_certificate(
    const ssh::login_certificate& certificate, const login_rules& rules,
    const ssh::public_key& target_ca, std::string_view remote, wall_time now, std::string& why);

/// What a login by both certificates is limited to: all that either is. Nothing: their commands
/// differ.
[[nodiscard]] std::optional<certificate_limits> limits_of_both(
    const certificate_limits& one, const certificate_limits& other);

} // namespace verbatim::server
