#pragma once
// OpenSSH public key lines, as authorized_keys, known_hosts and configurations hold them.

#include <optional>
#include <string>
#include <string_view>

namespace verbatim::config {

struct public_key {
    std::string type;    ///< "ssh-ed25519"
    std::string blob;    ///< the raw bytes: what tells two keys apart
    std::string comment; ///< may be empty

    /// "type base64", without the comment.
    std::string line() const;
};

/// Reads "type base64 [comment]" and checks the blob to its last byte against the type's format
/// (RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4, OpenSSH PROTOCOL.u2f). Nothing for lines with options
/// before the type, RSA below 2048 bits, DSA and certificates; `why` then says what is wrong.
/// Thread: any.
std::optional<public_key> parse_public_key(std::string_view line, std::string& why);

} // namespace verbatim::config
