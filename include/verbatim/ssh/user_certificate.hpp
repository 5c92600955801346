#pragma once
// Short-lived OpenSSH user certificates: how the proxy logs in at targets.

#include <verbatim/base/clock.hpp>
#include <verbatim/base/result.hpp>
#include <verbatim/base/secret.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace verbatim::ssh {

struct certificate_request {
    std::string login;            ///< the one principal: 1 to 255 bytes without NUL
    std::string key_id;           ///< shown in the target's log; control characters are escaped
    std::string source_address{}; ///< our address as the target sees it; empty: no such restriction
    bool agent_forwarding = false, x11_forwarding = false, port_forwarding = false;
    bool terminal = true, user_rc = true; ///< as a plain key would have them
};

struct user_certificate {
    std::string certificate; ///< "ssh-ed25519-cert-v01@openssh.com base64"
    secret private_key;      ///< its key, in OpenSSH private key format
};

/// Signs with the user CA. Thread: any; immutable.
class certificate_issuer {
public:
    /// A target's clock may be this far behind ours.
    static constexpr std::chrono::seconds clock_skew{60};
    static constexpr std::chrono::seconds validity{120};

    /// `user_ca`: an ed25519 key in OpenSSH private key format, as key_store holds it.
    /// Errors: errc::malformed, errc::truncated, errc::unsupported_version (another type).
    [[nodiscard]] static result<certificate_issuer> create(const secret& user_ca);

    /// A certificate for a fresh ed25519 key that nobody keeps, valid from `now` - clock_skew to
    /// `now` + validity. Its extensions are what is asked for. About 0.1 ms.
    /// Errors: errc::malformed (login or source_address), errc::io_error (no random bytes).
    /// Source: OpenSSH PROTOCOL.certkeys
    [[nodiscard]] result<user_certificate> issue(
        const certificate_request& request, wall_time now) const;

    certificate_issuer(certificate_issuer&&) noexcept;
    certificate_issuer& operator=(certificate_issuer&&) noexcept;
    ~certificate_issuer();

private:
    struct authority;
    explicit certificate_issuer(std::unique_ptr<const authority> ca) noexcept;
    std::unique_ptr<const authority> ca_;
};

} // namespace verbatim::ssh
