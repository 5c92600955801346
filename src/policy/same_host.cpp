#include "policy/same_host.hpp"

#include <algorithm>

namespace verbatim::policy {
namespace {

constexpr std::size_t v4_at = 12; // in the IPv6 address that carries it

// ::ffff:0:0/96 and 64:ff9b::/96
constexpr std::array<std::uint8_t, v4_at> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::array<std::uint8_t, v4_at> nat64{0x00, 0x64, 0xff, 0x9b};

} // namespace

std::string normalised_name(std::string_view host)
{
    if (host.ends_with('.')) host.remove_suffix(1);
    std::string text(host);
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

config::ip_address plain_address(const config::ip_address& address) noexcept
{
    const auto carries = [&](const auto& prefix) {
        return std::equal(prefix.begin(), prefix.end(), address.bytes.begin());
    };
    if (!address.v6 || !(carries(mapped) || carries(nat64))) return address;
    config::ip_address out;
    std::copy(address.bytes.begin() + v4_at, address.bytes.end(), out.bytes.begin());
    return out;
}

host_identity::host_identity(std::string_view host)
{
    if (const auto literal = config::parse_ip_address(host)) address_ = plain_address(*literal);
    else name_ = normalised_name(host);
}

} // namespace verbatim::policy
