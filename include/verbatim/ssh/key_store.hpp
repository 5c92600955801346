#pragma once
// The proxy's own keys: data_dir/keys.

#include <verbatim/base/secret.hpp>
#include <verbatim/ssh/public_key.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace verbatim::ssh {

struct stored_key {
    std::filesystem::path file;
    public_key public_part;
    secret private_text; ///< OpenSSH private key format, without a passphrase
};

/// Host keys, the CA that signs user certificates for targets, and the key that signs recordings.
/// Immutable once loaded. Thread: any; load() blocks on files, and for RSA on the processor.
class key_store {
public:
    /// Loads the keys from data_dir/keys (0700) and makes those that are missing (0600: complete
    /// or not there, never overwritten, so that two processes that start at once end with the same
    /// ones). Made by root in another user's directory, they become that user's.
    /// `host_key_types`: ed25519, rsa (3072 bits), ecdsa-sha2-nistp256, -nistp384, -nistp521.
    /// Errors: errc::io_error, errc::malformed, errc::access_denied (somebody else may read or has
    ///         made a key file), errc::out_of_range (a type above that is not known); `why` is one
    ///         line that says what to do.
    [[nodiscard]] static result<key_store> load(const std::filesystem::path& data_dir,
        const std::vector<std::string>& host_key_types, std::string& why);

    /// In the order of the types asked for.
    const std::vector<stored_key>& host_keys() const noexcept { return host_keys_; }
    const stored_key& user_ca() const noexcept { return user_ca_; } ///< ed25519
    const stored_key& signing() const noexcept { return signing_; } ///< ed25519

private:
    std::vector<stored_key> host_keys_;
    stored_key user_ca_, signing_;
};

} // namespace verbatim::ssh
