#pragma once
// SSH public keys as values.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>

#include <string>
#include <string_view>

namespace verbatim::ssh {

/// Thread: any.
class public_key {
public:
    /// A key blob of RFC 4253, section 6.6: a type, then whole strings (a certificate's
    /// are not looked into).
    /// Errors: errc::malformed, errc::truncated, errc::out_of_range (above 16 KiB).
    [[nodiscard]] static result<public_key> from_blob(byte_view blob, std::string comment = {});

    /// "type base64 [comment]", as in .pub files; no options before the type. The type must be the
    /// one inside the blob. Errors: as from_blob().
    [[nodiscard]] static result<public_key> parse(std::string_view line);

    /// "ssh-ed25519"; a certificate's type ends in "-cert-v01@openssh.com".
    const std::string& type() const noexcept { return type_; }
    const byte_buffer& blob() const noexcept { return blob_; }
    const std::string& comment() const noexcept { return comment_; }

    /// "type base64": what the rest of the program compares keys by.
    std::string to_string() const;
    /// "type base64 comment"
    std::string line() const;
    /// "SHA256:..." as ssh-keygen -l prints it.
    std::string fingerprint() const;

    /// The comment does not count.
    bool operator==(const public_key& other) const noexcept { return blob_ == other.blob_; }

private:
    std::string type_;
    byte_buffer blob_;
    std::string comment_;
};

} // namespace verbatim::ssh
