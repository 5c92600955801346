#pragma once
// The proxy's own X.509 certificate authorities: data_dir/keys/kubernetes_*.

#include <verbatim/base/clock.hpp>
#include <verbatim/base/result.hpp>
#include <verbatim/base/secret.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace verbatim::kube {

struct issued_certificate {
    std::string certificate; ///< PEM
    secret private_key;      ///< PEM, PKCS #8
    std::chrono::sys_seconds not_after{};
};

/// Two authorities, so that neither can stand for the other: one signs the listener's certificate,
/// which users trust; one signs users' certificates, which the listener trusts. ECDSA P-256, ten
/// years. Immutable once loaded. Thread: any; its functions block on files and the processor.
class certificate_authorities {
public:
    /// Loads them from data_dir/keys, and makes those that are missing, as ssh::key_store does.
    /// Errors: errc::io_error, errc::malformed, errc::access_denied; `why` is one line that says
    ///         what to do.
    [[nodiscard]] static result<certificate_authorities> load(
        const std::filesystem::path& data_dir, wall_time now, std::string& why);

    /// PEM: what users trust.
    const std::string& listener_ca() const noexcept { return listener_ca_.certificate; }
    /// PEM: what the listener trusts.
    const std::string& user_ca() const noexcept { return user_ca_.certificate; }

    /// A certificate for exactly these names (addresses among them as such), valid for a year and
    /// kept in keys/kubernetes_listener. Made anew, with its key, when less than 30 days are left,
    /// when the names change, or when its CA did. Errors: as load(); errc::out_of_range: no name.
    [[nodiscard]] result<issued_certificate> listener_certificate(
        const std::vector<std::string>& names, wall_time now, std::string& why) const;

    /// A client certificate that names `user` alone, with a fresh key. Not kept anywhere.
    /// Errors: errc::out_of_range: a name that is empty, longer than 64 bytes or not plain text.
    [[nodiscard]] result<issued_certificate> issue_user_certificate(
        const std::string& user, std::chrono::seconds validity, wall_time now) const;

private:
    std::filesystem::path directory_;
    issued_certificate listener_ca_, user_ca_;
};

} // namespace verbatim::kube
