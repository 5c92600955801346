#include <verbatim/config/address_range.hpp>

#include <arpa/inet.h>

#include <charconv>
#include <string>

namespace verbatim::config {
namespace {

bool same_prefix(const ip_address& a, const ip_address& b, unsigned bits) noexcept
{
    if (a.v6 != b.v6) return false;
    const std::size_t whole = bits / 8;
    for (std::size_t i = 0; i < whole; ++i)
        if (a.bytes[i] != b.bytes[i]) return false;
    const unsigned rest = bits % 8;
    return rest == 0 || (a.bytes[whole] ^ b.bytes[whole]) >> (8 - rest) == 0;
}

ip_address masked(ip_address address, unsigned bits) noexcept
{
    for (unsigned i = bits; i < 128; ++i)
        address.bytes[i / 8] &= static_cast<std::uint8_t>(~(0x80u >> i % 8));
    return address;
}

} // namespace

std::optional<ip_address> parse_ip_address(std::string_view text)
{
    if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return {};
    const std::string terminated(text);
    ip_address address;
    if (::inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) return address;
    address.v6 = true;
    if (::inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) return address;
    return std::nullopt;
}

bool address_range::contains(const ip_address& address) const noexcept
{
    return same_prefix(first, address, bits);
}

bool address_range::contains(const address_range& inner) const noexcept
{
    return inner.bits >= bits && same_prefix(first, inner.first, bits);
}

std::optional<address_range> parse_address_range(std::string_view text)
{
    const auto slash = text.find('/');
    const auto address = parse_ip_address(text.substr(0, slash));
    if (!address) return std::nullopt;
    const unsigned longest = address->v6 ? 128 : 32;
    unsigned bits = longest;
    if (slash != std::string_view::npos) {
        const auto digits = text.substr(slash + 1);
        const auto* end = digits.data() + digits.size();
        const auto [stop, error] = std::from_chars(digits.data(), end, bits);
        if (error != std::errc{} || stop != end || bits > longest) return std::nullopt;
    }
    if (masked(*address, bits) != *address) return std::nullopt;
    return address_range{*address, bits};
}

} // namespace verbatim::config
