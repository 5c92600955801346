#include "config/names.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/config/address_range.hpp>

#include <array>
#include <charconv>

namespace verbatim::config {
namespace {

constexpr std::array<std::string_view, 6> ciphers{"aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes128-ctr", "aes192-ctr",
    "aes256-ctr"};
constexpr std::array<std::string_view, 4> macs{"hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"};
constexpr std::array<std::string_view, 14> key_exchanges{"mlkem768x25519-sha256",
    "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com", "mlkem768nistp256-sha256",
    "mlkem1024nistp384-sha384", "curve25519-sha256", "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521",
    "diffie-hellman-group-exchange-sha256", "diffie-hellman-group14-sha256",
    "diffie-hellman-group16-sha512", "diffie-hellman-group18-sha512"};
constexpr std::array<std::string_view, 5> host_key_types{
    "ed25519", "rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"};

constexpr bool is_lower_or_digit(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
constexpr bool is_letter_or_digit(char c) noexcept
{
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}
constexpr bool is_mark(char c) noexcept { return c == '.' || c == '_' || c == '-'; }

bool is_host_name(std::string_view text) noexcept
{
    if (text.empty() || text.size() > 253 || text.front() == '-' || text.front() == '.')
        return false;
    return std::all_of(
        text.begin(), text.end(), [](char c) { return is_letter_or_digit(c) || is_mark(c); });
}

bool read_port(std::string_view text, std::uint16_t& port)
{
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, port);
    return error == std::errc{} && stop == end;
}

struct host_and_port {
    std::string_view host, port;
    bool has_port = false, bracketed = false;
};

// Splits at the last colon, but a bare IPv6 address is a host.
std::optional<host_and_port> split(std::string_view text)
{
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        host_and_port parts{text.substr(1, end - 1), {}, false, true};
        text.remove_prefix(end + 1);
        if (text.empty()) return parts;
        if (text.front() != ':') return std::nullopt;
        parts.port = text.substr(1);
        parts.has_port = true;
        return parts;
    }
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos)
        return host_and_port{text, {}, false, false};
    return host_and_port{text.substr(0, colon), text.substr(colon + 1), true, false};
}

std::string not_an_address(std::string_view text, std::string_view example)
{
    return '\'' + escape_for_log(text, 80) + "' is not an address such as " + std::string(example);
}

} // namespace

std::optional<listen_address> parse_listen_address(std::string_view text, std::string& why)
{
    listen_address address;
    const auto parts = split(text);
    if (!parts || !parts->has_port || !read_port(parts->port, address.port)) {
        why = not_an_address(text, "127.0.0.1:3022 or [::1]:3022");
        return std::nullopt;
    }
    if (parts->host.empty() && !parts->bracketed) address.host = "0.0.0.0";
    else if (parts->host == "localhost") address.host = "127.0.0.1";
    else address.host = parts->host;
    const auto literal = parse_ip_address(address.host);
    if (!literal || literal->v6 != parts->bracketed) {
        why = '\'' + escape_for_log(parts->host, 80) +
              "' is not an address of this machine in numbers, such as 127.0.0.1 or [::1]";
        return std::nullopt;
    }
    return address;
}

bool parse_target_address(
    std::string_view text, std::string& host, std::uint16_t& port, std::string& why)
{
    const auto parts = split(text);
    std::uint16_t read = 22;
    const bool port_is_good =
        parts && (!parts->has_port || (read_port(parts->port, read) && read != 0));
    if (!port_is_good) {
        why = not_an_address(text, "10.0.0.7:22 or host.example.com");
        return false;
    }
    const auto literal = parse_ip_address(parts->host);
    const bool host_is_good = parts->bracketed ? literal && literal->v6
                                               : literal.has_value() || is_host_name(parts->host);
    if (!host_is_good) {
        why = not_an_address(text, "10.0.0.7:22 or host.example.com");
        return false;
    }
    host = parts->host;
    port = read;
    return true;
}

bool is_user_name(std::string_view name) noexcept
{
    if (name.empty() || name.size() > 64 || !is_lower_or_digit(name.front())) return false;
    return std::all_of(
        name.begin(), name.end(), [](char c) { return is_lower_or_digit(c) || is_mark(c); });
}

bool is_plain_name(std::string_view name) noexcept
{
    if (name.empty() || name.size() > 253 || !is_letter_or_digit(name.front())) return false;
    return std::all_of(
        name.begin(), name.end(), [](char c) { return is_letter_or_digit(c) || is_mark(c); });
}

std::string fault_of_address_pattern(std::string_view pattern)
{
    if (pattern == "*" || parse_address_range(pattern)) return {};
    const auto quoted = '\'' + escape_for_log(pattern, 80) + '\'';
    if (pattern.find_first_of("/:") != std::string_view::npos)
        return quoted + " is not a range such as 10.0.0.0/8 (are bits behind the prefix set?)";
    const auto is_pattern_character = [](char c) {
        return is_letter_or_digit(c) || is_mark(c) || c == '*' || c == '?';
    };
    if (pattern.empty() || pattern.size() > 253 ||
        !std::all_of(pattern.begin(), pattern.end(), is_pattern_character))
        return quoted +
               " is neither a range such as 10.0.0.0/8 nor a host name such as *.example.com";
    // "10.0.*" would match the *name* 10.0.example.net, which is not what its writer meant.
    if (pattern.find_first_not_of("0123456789.*?") == std::string_view::npos)
        return quoted + " looks like addresses; write a range such as 10.0.0.0/8";
    return {};
}

std::span<const std::string_view> known_ciphers() noexcept { return ciphers; }
std::span<const std::string_view> known_macs() noexcept { return macs; }
std::span<const std::string_view> known_key_exchanges() noexcept { return key_exchanges; }
std::span<const std::string_view> known_host_key_types() noexcept { return host_key_types; }

} // namespace verbatim::config
