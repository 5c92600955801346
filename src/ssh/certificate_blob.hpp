#pragma once
// Names of certificates and of the keys in them.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>
#include <verbatim/ssh/public_key.hpp>

#include <string>
#include <string_view>

namespace verbatim::ssh {

bool is_certificate_type(std::string_view type) noexcept;

/// "rsa-sha2-512" of "rsa-sha2-512-cert-v01@openssh.com", "sk-ssh-ed25519@openssh.com" of
/// "sk-ssh-ed25519-cert-v01@openssh.com"; other names stay.
std::string plain_algorithm(std::string_view name);

/// The key itself, or the key in a certificate, of which nothing else is looked at.
/// Errors: errc::malformed, errc::truncated, errc::unsupported_version (a type that we do not
/// have).
[[nodiscard]] result<public_key> plain_key(byte_view key_or_certificate);

} // namespace verbatim::ssh
