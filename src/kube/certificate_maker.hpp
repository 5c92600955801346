#pragma once
// X.509 certificates made and read back (RFC 5280).

#include "net/openssl.hpp"

#include <verbatim/kube/certificate_authority.hpp>

#include <set>

namespace verbatim::kube {

enum class certificate_use { authority, server, client };

struct certificate_wish {
    certificate_use use;
    std::string common_name;
    std::vector<std::string> alternative_names; ///< host names and addresses
    wall_time from, until;
};

/// Makes a P-256 key and its certificate, signed by `issuer` and within its time; by itself without
/// one. Errors: errc::out_of_range: a name that cannot stand in a certificate; errc::malformed: the
/// issuer is none.
[[nodiscard]] result<issued_certificate> make_certificate(
    const certificate_wish& wish, const issued_certificate* issuer);

/// As one text, and out of it. Errors: errc::malformed, also where key and certificate do not
/// belong together.
secret to_text(const issued_certificate& certificate);
[[nodiscard]] result<issued_certificate> from_text(const secret& text);

/// It was signed by that authority.
bool is_signed_by(const issued_certificate& certificate, const issued_certificate& authority);
/// Its alternative names; addresses as inet_ntop writes them.
std::set<std::string> alternative_names(const issued_certificate& certificate);

} // namespace verbatim::kube
