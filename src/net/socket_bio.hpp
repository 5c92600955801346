#pragma once

#include "net/openssl.hpp"

namespace verbatim::net {

/// OpenSSL's way to a non-blocking socket, which outlives it. Unlike OpenSSL's own (SSL_set_fd) it
/// raises no SIGPIPE, whatever the program does about that signal.
bio_handle make_socket_bio(int descriptor);

} // namespace verbatim::net
