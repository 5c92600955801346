#pragma once
// When two ways to write a host mean the same.

#include <verbatim/config/address_range.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace verbatim::policy {

/// DNS names are the same in either case, and without the dot at their end.
std::string normalised_name(std::string_view host);

/// The IPv4 address that an IPv6 one carries (IPv4-mapped, or with NAT64's well-known prefix); any
/// other as it is.
config::ip_address plain_address(const config::ip_address& address) noexcept;

/// A host, ready to be compared: names by name, literal addresses by address. A value.
class host_identity {
public:
    explicit host_identity(std::string_view host);

    bool operator==(const host_identity&) const = default;
    bool is(const config::ip_address& address) const noexcept
    {
        return address_ && *address_ == plain_address(address);
    }

private:
    std::optional<config::ip_address> address_; // plain
    std::string name_;                          // normalised; empty: it is an address
};

} // namespace verbatim::policy
