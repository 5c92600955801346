#pragma once
// Keys and certificates that may no longer log in.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>
#include <verbatim/ssh/login_certificate.hpp>
#include <verbatim/ssh/public_key.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace verbatim::ssh {

/// A value. Thread: any.
class revocation_list {
public:
    static constexpr std::size_t most_bytes = 16 * 1024 * 1024, most_entries = 1'000'000;

    /// Reads a file's content: an OpenSSH key revocation list (`ssh-keygen -k`), or text with one
    /// of these a line, and `#` before a comment:
    ///     ssh-ed25519 AAAA... comment        a key
    ///     SHA256:...                         a key, by its fingerprint
    ///     ca: KEY or SHA256:... or *         whose certificates the next two are about; at first *
    ///     serial: 7 or 7-9
    ///     id: TEXT
    /// A key also revokes the certificates for it and those that it has signed. `why` says what is
    /// wrong, with the line. Errors: errc::malformed, errc::truncated, errc::out_of_range (above
    /// the limits), errc::unsupported_version (of a key revocation list).
    /// Source: OpenSSH PROTOCOL.krl
    [[nodiscard]] static result<revocation_list> parse(std::string_view content, std::string& why);

    bool holds(const public_key& plain) const;
    bool holds(const login_certificate& certificate) const;
    bool empty() const noexcept;

private:
    friend class revocation_reader;
    struct of_authority {
        std::map<std::uint64_t, std::uint64_t> serials; ///< ranges, both ends in them, by the first
        std::set<std::string> ids;
    };
    void add_serials(const std::string& authority, std::uint64_t first, std::uint64_t last);
    bool holds_serial(const of_authority& of, std::uint64_t serial) const;

    std::set<std::string> blobs_, sha1_, sha256_;      ///< raw bytes
    std::map<std::string, of_authority> certificates_; ///< by the SHA-256 of its key; "": every one
};

} // namespace verbatim::ssh
