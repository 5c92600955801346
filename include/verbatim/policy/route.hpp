#pragma once
// The user-name grammar of SSH logins: `[user/]login[@target[%port]]`.

#include <verbatim/base/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace verbatim::policy {

/// What a client's SSH user name asks for. Text is as the client sent it and may be shown only
/// escaped.
struct route {
    std::string user;   ///< empty: the key tells
    std::string login;  ///< at the target; without target: the proxy user's own name
    std::string target; ///< empty: none. A name, an address, IPv6 without brackets
    std::optional<std::uint16_t> port;
    std::string command; ///< "ls" of "+ls"; then all else is empty but `user`
};

/// The first `/` ends the user, the last `@` starts the target, a trailing `%digits` is the port,
/// IPv6 stands in brackets, a leading `+` names an administration command. Errors: errc::malformed
/// (empty parts, control characters, bad port), errc::out_of_range (over 512 bytes).
[[nodiscard]] result<route> parse_route(std::string_view user_name);

/// Proxy users are `[a-z0-9][a-z0-9._-]*`, at most 64 bytes.
bool is_user_name(std::string_view name) noexcept;

} // namespace verbatim::policy
