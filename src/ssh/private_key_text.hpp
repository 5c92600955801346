#pragma once
// The container "openssh-key-v1": base64 lines between two marks.
// Source: OpenSSH PROTOCOL.key

#include <verbatim/base/secret.hpp>
#include <verbatim/ssh/public_key.hpp>

#include <string>
#include <string_view>

namespace verbatim::ssh {

/// `fields`: the type and what the private key has, as PROTOCOL.key wants them for that type.
/// Errors: errc::io_error (no random bytes).
[[nodiscard]] result<secret> wrap_private_key(
    byte_view public_blob, byte_view fields, const std::string& comment);

struct unwrapped_key {
    byte_buffer public_blob;
    secret fields; ///< raw bytes: the private fields, comment and padding
};
/// One key, not encrypted. Errors: errc::malformed, errc::truncated, errc::encrypted.
[[nodiscard]] result<unwrapped_key> unwrap_private_key(std::string_view text);

} // namespace verbatim::ssh
