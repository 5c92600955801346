#include "config/server_url.hpp"

#include "config/names.hpp"

#include <verbatim/base/text.hpp>

namespace verbatim::config {
namespace {

// It will stand in a request line as it is.
bool is_clean_path(std::string_view path) noexcept
{
    constexpr std::string_view marks = "/-._~!$&'()*+,;=:@%";
    for (const char c : path) {
        const bool word =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!word && marks.find(c) == std::string_view::npos) return false;
    }
    const auto closed = std::string(path) + '/';
    return closed.find("//") == closed.npos && closed.find("/../") == closed.npos &&
           closed.find("/./") == closed.npos;
}

} // namespace

std::optional<server_url> parse_server_url(std::string_view text, std::string& why)
{
    const auto whole = '\'' + escape_for_log(text, 120) + '\'';
    server_url url;
    if (text.starts_with("https://")) text.remove_prefix(8);
    else if (text.starts_with("http://")) {
        text.remove_prefix(7);
        url.tls = false;
    } else {
        why = whole + " is not a URL such as https://10.0.0.1:6443";
        return std::nullopt;
    }
    const auto end = text.find_first_of("/?#");
    const auto authority = text.substr(0, end);
    if (end != text.npos) url.path = text.substr(end);
    while (url.path.ends_with('/')) url.path.pop_back();
    if (authority.find('@') != authority.npos || !is_clean_path(url.path)) {
        why = whole + ": only scheme, host, port and a plain path are possible";
        return std::nullopt;
    }
    url.port = 0;
    std::string ignored;
    if (!parse_target_address(authority, url.host, url.port, ignored)) {
        why = whole + " names no host, or a port that is none";
        return std::nullopt;
    }
    // That function's default port is SSH's, and a bare IPv6 address is no authority here.
    const bool bracketed = authority.starts_with('[');
    const auto after_host = bracketed ? authority.find("]:") : authority.find(':');
    if (after_host == authority.npos) url.port = url.tls ? 443 : 80;
    if (!bracketed && url.host.find(':') != url.host.npos) {
        why = whole + ": an IPv6 address stands in brackets";
        return std::nullopt;
    }
    return url;
}

} // namespace verbatim::config
