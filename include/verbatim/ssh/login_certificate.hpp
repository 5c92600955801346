#pragma once
// OpenSSH certificates that users log in with: what they say. Whether that is enough is decided
// elsewhere.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>
#include <verbatim/ssh/public_key.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace verbatim::ssh {

/// A certificate whose authority has signed it. Text is its maker's: escape it before showing it.
struct login_certificate {
    static constexpr std::size_t most_principals = 256, most_options = 64;
    /// "No end", as ssh-keygen writes it for `always` and `forever`.
    static constexpr std::uint64_t forever = UINT64_MAX;

    public_key key;       ///< the plain key that it is for
    public_key authority; ///< a plain key too
    std::uint64_t serial = 0;
    bool for_users = false; ///< false: for hosts
    std::string key_id;
    std::vector<std::string> principals;             ///< empty: none
    std::uint64_t valid_after = 0, valid_before = 0; ///< seconds since 1970; `valid_before` is out
    /// Names with their data; no name comes twice.
    std::vector<std::pair<std::string, std::string>> critical_options, extensions;

    /// Reads a whole certificate and checks that the key in it has signed it: by which authority,
    /// is the caller's to judge. A signature by RSA with SHA-1 is none.
    /// Errors: errc::truncated, errc::malformed, errc::out_of_range (above 16 KiB, or lists above
    /// the limits), errc::unsupported_version (a type that we do not have),
    /// errc::checksum_mismatch (a forged one).
    /// Source: OpenSSH PROTOCOL.certkeys. Thread: any.
    [[nodiscard]] static result<login_certificate> parse(byte_view blob);
    /// From "type base64".
    [[nodiscard]] static result<login_certificate> parse(std::string_view line);
};

} // namespace verbatim::ssh
