#pragma once
#include <verbatim/config/address_range.hpp>

namespace verbatim::policy {

/// Addresses that lead back to the proxy's own machine or link: a role reaches them only by a range
/// of its own that lies within such a block ("0.0.0.0/0" does not open 127.0.0.1).
bool is_special(const config::ip_address& address) noexcept;
/// `range` may open `address`: it holds it, and where the address is special, the range was written
/// for that very block.
bool opens(const config::address_range& range, const config::ip_address& address) noexcept;

} // namespace verbatim::policy
