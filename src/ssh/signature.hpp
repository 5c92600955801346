#pragma once
// Signatures of SSH keys, checked with OpenSSL.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>

#include <string_view>

namespace verbatim::ssh {

/// What a good signature tells beyond being good.
struct signature_facts {
    bool security_key = false;              ///< the flags below are its device's
    bool touched = false, verified = false; ///< somebody touched it; it knew its user
};

/// The algorithm that a signature blob names; empty: it names none.
std::string_view signature_algorithm(byte_view signature) noexcept;

/// May a key of that type sign by that algorithm? RSA by SHA-1 never.
bool fits(std::string_view key_type, std::string_view algorithm) noexcept;

/// Checks that the plain key (no certificate) has signed the message. Keys: ed25519, ecdsa on the
/// NIST curves, RSA of 2048 to 16384 bits, and security keys of both kinds.
/// Errors: errc::malformed (key or signature), errc::unsupported_version (another type of either),
/// errc::checksum_mismatch (the signature is another's).
/// Source: RFC 4253 6.6, RFC 5656 3.1, RFC 8332 3, RFC 8709 6, OpenSSH PROTOCOL.u2f
/// Thread: any.
[[nodiscard]] result<signature_facts> verify_signature(
    byte_view key, byte_view signature, byte_view message);

} // namespace verbatim::ssh
