#pragma once
// Passwords, as crypt(5) keeps them.

#include <verbatim/base/result.hpp>
#include <verbatim/base/secret.hpp>

#include <string>
#include <string_view>

namespace verbatim::login {

/// Longer ones are refused, by both functions (crypt(3): CRYPT_MAX_PASSPHRASE_SIZE).
inline constexpr std::size_t longest_password = 511;

/// What is held against a password where there is none: as costly as every hash of a configuration.
inline constexpr std::string_view hash_of_nobody =
    "$y$j9T$LYLRRoH4Bo.8QMz7J.vaG1$QksKJm6penAeTq1./3b2vnx5qM1UPdeA8DU48Nv.vs7";

/// A fresh yescrypt hash with the cost that config::password_hash_prefix names. Takes as long as a
/// check.
/// Errors: errc::out_of_range (empty, too long, or with a NUL), errc::io_error (no random bytes).
[[nodiscard]] result<secret> hash_password(std::string_view password);

/// Is it the password of that hash? Takes some 50 ms and 16 MiB: never on an event loop. A password
/// that no hash is made of takes as long and is wrong. Thread: any.
bool is_password(std::string_view password, std::string_view hash);

} // namespace verbatim::login
