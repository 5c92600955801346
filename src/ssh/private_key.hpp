#pragma once
// Private keys: made with OpenSSL, kept in OpenSSH's own format, which libssh and ssh-keygen read.

#include <verbatim/base/secret.hpp>
#include <verbatim/ssh/public_key.hpp>

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace verbatim::ssh {

struct free_pkey {
    void operator()(EVP_PKEY* key) const noexcept { ::EVP_PKEY_free(key); }
};
using pkey_handle = std::unique_ptr<EVP_PKEY, free_pkey>;

struct key_pair {
    public_key public_part;
    secret private_text; ///< OpenSSH private key format
};

/// `kind` is ed25519, rsa or ecdsa-sha2-nistp256, -nistp384, -nistp521.
/// Errors: errc::out_of_range (another kind), errc::io_error (OpenSSL refuses).
[[nodiscard]] result<key_pair> generate_key(std::string_view kind, const std::string& comment);

/// The public half of a key text, with its comment. The private half must be there and not be
/// encrypted; its type must be the public half's. Errors: errc::malformed, errc::truncated,
/// errc::encrypted.
[[nodiscard]] result<public_key> public_half(std::string_view private_text);

constexpr std::string_view ed25519_type = "ssh-ed25519";
constexpr std::size_t ed25519_bytes = 32, ed25519_signature_bytes = 64;

/// A fresh ed25519 key, or null.
pkey_handle generate_ed25519() noexcept;
/// Errors: errc::io_error.
[[nodiscard]] result<std::array<std::byte, ed25519_bytes>> raw_public(const pkey_handle& key);
/// An ed25519 key as text. Errors: errc::io_error.
[[nodiscard]] result<key_pair> to_key_pair(const pkey_handle& key, const std::string& comment);
/// Errors: as public_half(), and errc::unsupported_version for other types.
[[nodiscard]] result<pkey_handle> load_ed25519(std::string_view private_text);
/// Errors: errc::io_error.
[[nodiscard]] result<std::array<std::byte, ed25519_signature_bytes>> sign_ed25519(
    const pkey_handle& key, byte_view message);

} // namespace verbatim::ssh
