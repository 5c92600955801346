#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace verbatim::config {

struct server_url {
    bool tls = true;
    std::string host; ///< IPv6 without brackets
    std::uint16_t port = 443;
    std::string path; ///< without a trailing slash; empty: the root
};

/// "https://host:port/path" or "http://...", without user, query or fragment (RFC 3986, 3).
/// Nothing, and `why`, for all else.
std::optional<server_url> parse_server_url(std::string_view text, std::string& why);

} // namespace verbatim::config
