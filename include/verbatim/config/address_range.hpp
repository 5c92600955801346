#pragma once
// Ranges of IP addresses, without sockets.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace verbatim::config {

/// A value. An IPv4 address stands in the first four bytes and is another family than IPv6: no
/// IPv4 range holds an IPv4-mapped IPv6 address.
struct ip_address {
    std::array<std::uint8_t, 16> bytes{};
    bool v6 = false;
    bool operator==(const ip_address&) const = default;
};

/// Literal addresses only (inet_pton's forms; IPv6 without brackets and zone).
std::optional<ip_address> parse_ip_address(std::string_view text);

struct address_range {
    ip_address first;   ///< its bits behind the prefix are zero
    unsigned bits = 32; ///< length of the prefix

    bool contains(const ip_address& address) const noexcept;
    /// Every address of `inner` lies in this one.
    bool contains(const address_range& inner) const noexcept;
    bool operator==(const address_range&) const = default;
};

/// "10.0.0.0/8", "fd00::/8", or one address. Nothing when bits behind the prefix are set.
std::optional<address_range> parse_address_range(std::string_view text);

} // namespace verbatim::config
