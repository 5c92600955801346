#pragma once
// Which hashes of passwords a configuration may have.

#include <string_view>

namespace verbatim::config {

/// How every one begins: yescrypt, by libxcrypt's default cost. One cost for all, since a password
/// for nobody has to take as long as one for somebody.
inline constexpr std::string_view password_hash_prefix = "$y$j9T$";
/// That cost, as crypt_gensalt(3) counts.
inline constexpr unsigned long password_hash_count = 5;

} // namespace verbatim::config
