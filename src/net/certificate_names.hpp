#pragma once

#include "net/openssl.hpp"

#include <verbatim/net/tls.hpp>

namespace verbatim::net {

/// Reads who a client certificate names into `to`, server_name aside. False where that cannot be
/// told without doubt: no common name or two, control characters, NUL or what is no UTF-8 in one.
[[nodiscard]] bool read_names(const X509* certificate, tls_peer& to);

} // namespace verbatim::net
