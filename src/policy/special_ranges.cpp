#include "policy/special_ranges.hpp"

#include <array>

namespace verbatim::policy {
namespace {

using config::address_range;
using config::ip_address;

constexpr ip_address v4(std::uint8_t a, std::uint8_t b)
{
    ip_address address;
    address.bytes[0] = a;
    address.bytes[1] = b;
    return address;
}

constexpr ip_address v6(std::uint8_t a, std::uint8_t b)
{
    auto address = v4(a, b);
    address.v6 = true;
    return address;
}

constexpr ip_address mapped_prefix()
{
    auto address = v6(0, 0);
    address.bytes[10] = address.bytes[11] = 0xff;
    return address;
}

// NAT64's well-known prefix carries any IPv4 address, so a pattern for IPv4 would not see it.
constexpr ip_address nat64_prefix()
{
    auto address = v6(0x00, 0x64);
    address.bytes[2] = 0xff;
    address.bytes[3] = 0x9b;
    return address;
}

// RFC 6890's blocks that do not leave this machine or link, and those that disguise IPv4.
constexpr std::array<address_range, 10> blocks{{
    {v4(0, 0), 8},         // "this host": Linux connects 0.0.0.0 to itself
    {v4(127, 0), 8},       // loopback
    {v4(169, 254), 16},    // link-local; clouds' metadata services
    {v4(224, 0), 3},       // multicast, reserved, broadcast
    {v6(0, 0), 96},        // ::, ::1 and IPv4-compatible addresses
    {mapped_prefix(), 96}, // ::ffff:127.0.0.1 is 127.0.0.1
    {nat64_prefix(), 96},  // see above
    {v6(0xfe, 0x80), 10},  // link-local
    {v6(0xff, 0x00), 8},   // multicast
    {v6(0x20, 0x02), 16},  // 6to4
}};

} // namespace

bool is_special(const ip_address& address) noexcept
{
    for (const auto& block : blocks)
        if (block.contains(address)) return true;
    return false;
}

bool opens(const address_range& range, const ip_address& address) noexcept
{
    if (!range.contains(address)) return false;
    for (const auto& block : blocks)
        if (block.contains(address) && !block.contains(range)) return false;
    return true;
}

} // namespace verbatim::policy
