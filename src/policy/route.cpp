#include <verbatim/policy/route.hpp>

#include <verbatim/config/address_range.hpp>
#include <verbatim/config/settings.hpp>

#include <algorithm>
#include <charconv>

namespace verbatim::policy {
namespace {

constexpr std::size_t max_bytes = 512;
constexpr std::size_t max_target_bytes = 253; // RFC 1035, 2.3.4: a host name's limit

constexpr bool is_lower_or_digit(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// C0, DEL and, as UTF-8 writes them, C1: terminals act on all of these.
bool has_control_characters(std::string_view text) noexcept
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c < 0x20 || c == 0x7f) return true;
        if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0)
            return true;
    }
    return false;
}

bool is_command(std::string_view word) noexcept
{
    return !word.empty() && word.size() <= 32 && word.front() >= 'a' && word.front() <= 'z' &&
           std::all_of(
               word.begin(), word.end(), [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

bool is_target_name(std::string_view name) noexcept
{
    if (name.empty() || name.size() > max_target_bytes || name.front() == '-') return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
    });
}

// Takes "%digits" off the end of `target`. False: digits that are no port.
bool take_port(std::string_view& target, std::optional<std::uint16_t>& port)
{
    const auto percent = target.rfind('%');
    if (percent == std::string_view::npos) return true;
    const auto digits = target.substr(percent + 1);
    std::uint16_t value = 0;
    const auto* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc{} || stop != end || value == 0) return false;
    port = value;
    target = target.substr(0, percent);
    return true;
}

bool read_target(std::string_view text, route& to)
{
    if (!take_port(text, to.port)) return false;
    if (text.starts_with('[')) {
        if (!text.ends_with(']')) return false;
        text = text.substr(1, text.size() - 2);
        const auto address = config::parse_ip_address(text);
        if (!address || !address->v6) return false;
    } else if (!is_target_name(text)) {
        return false;
    }
    to.target = text;
    return true;
}

} // namespace

bool is_user_name(std::string_view name) noexcept { return config::is_user_name(name); }

result<route> parse_route(std::string_view user_name)
{
    if (user_name.size() > max_bytes) return errc::out_of_range;
    if (has_control_characters(user_name)) return errc::malformed;
    route parsed;
    if (const auto slash = user_name.find('/'); slash != std::string_view::npos) {
        parsed.user = user_name.substr(0, slash);
        if (!is_user_name(parsed.user)) return errc::malformed;
        user_name.remove_prefix(slash + 1);
    }
    if (user_name.starts_with('+')) {
        parsed.command = user_name.substr(1);
        if (!is_command(parsed.command)) return errc::malformed;
        return parsed;
    }
    const auto at = user_name.rfind('@');
    parsed.login = user_name.substr(0, at);
    if (parsed.login.empty()) return errc::malformed;
    if (at != std::string_view::npos) {
        if (!read_target(user_name.substr(at + 1), parsed)) return errc::malformed;
        return parsed;
    }
    // Without a target the name can only be the proxy user's own.
    if (!is_user_name(parsed.login)) return errc::malformed;
    if (!parsed.user.empty() && parsed.user != parsed.login) return errc::malformed;
    return parsed;
}

} // namespace verbatim::policy
