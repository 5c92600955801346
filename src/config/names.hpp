#pragma once
// Checks of single values: names, addresses, algorithm lists.

#include <verbatim/config/settings.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace verbatim::config {

/// "host:port", "[::1]:22", ":3022" (every IPv4 address), "localhost:22". Else `why` says what is
/// wrong.
std::optional<listen_address> parse_listen_address(std::string_view text, std::string& why);

/// "host", "host:port", "[::1]:22", "::1" into `host` and `port`. False and `why` when it is none.
bool parse_target_address(
    std::string_view text, std::string& host, std::uint16_t& port, std::string& why);

/// Targets, roles and clusters: `[A-Za-z0-9][A-Za-z0-9._-]*`, at most 253 bytes.
bool is_plain_name(std::string_view name) noexcept;

/// What is wrong with a role's `addresses:` entry; empty: nothing.
std::string fault_of_address_pattern(std::string_view pattern);

std::span<const std::string_view> known_ciphers() noexcept;
std::span<const std::string_view> known_macs() noexcept;
std::span<const std::string_view> known_key_exchanges() noexcept;
std::span<const std::string_view> known_host_key_types() noexcept;

} // namespace verbatim::config
