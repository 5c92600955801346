#pragma once
// TLS 1.2 and 1.3 by OpenSSL, over TCP sockets.

#include <verbatim/base/result.hpp>
#include <verbatim/base/secret.hpp>
#include <verbatim/net/byte_stream.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace verbatim::net {

/// Settings shared by many connections; immutable, so a reload makes a new one.
/// Thread: any.
class tls_context {
public:
    virtual ~tls_context() = default;
};
using tls_context_pointer = std::shared_ptr<const tls_context>;

struct tls_server_settings {
    std::string certificate_chain; ///< PEM
    secret private_key;            ///< PEM
    /// PEM of the CAs whose client certificates are asked for (asked, not required); empty: none.
    std::string client_ca;
};
/// HTTP/1.1 is the only protocol it agrees to by ALPN. Errors: errc::malformed, `why` says which
/// part.
[[nodiscard]] result<tls_context_pointer> make_tls_server_context(
    const tls_server_settings& settings, std::string& why);

struct tls_client_settings {
    std::string ca;          ///< PEM; empty: the system's
    std::string certificate; ///< PEM chain of our own, may be empty
    secret private_key;      ///< PEM, for `certificate`
    bool verify = true;      ///< false: insecure-skip-tls-verify
};
/// Offers no ALPN. Errors: as above.
[[nodiscard]] result<tls_context_pointer> make_tls_client_context(
    const tls_client_settings& settings, std::string& why);

/// What the handshake told about the peer.
struct tls_peer {
    std::string server_name; ///< SNI, as a client sent it; empty: none. Lower case
    /// The verified client certificate's common name and organisations; an empty name: there is
    /// no certificate. UTF-8 without control characters.
    std::string common_name;
    std::vector<std::string> organisations;
    std::string serial;                   ///< hexadecimal
    std::chrono::sys_seconds not_after{}; ///< of the client certificate
};

struct tls_accepted {
    std::unique_ptr<byte_stream> stream;
    tls_peer peer;
};
/// The server's handshake, within `deadline`. A client certificate that does not verify fails the
/// handshake. Errors: errc::timed_out, errc::closed, errc::malformed (not TLS, or refused).
[[nodiscard]] boost::asio::awaitable<result<tls_accepted>> tls_accept(
    boost::asio::ip::tcp::socket socket, tls_context_pointer context,
    std::chrono::milliseconds deadline);

/// The client's handshake, within `deadline`. `server_name` is checked against the certificate and
/// sent as SNI unless it is an address. Errors: errc::timed_out, errc::target_unreachable;
/// `why`, which outlives the call, says which check failed.
[[nodiscard]] boost::asio::awaitable<result<std::unique_ptr<byte_stream>>> tls_connect(
    boost::asio::ip::tcp::socket socket, tls_context_pointer context, std::string server_name,
    std::chrono::milliseconds deadline, std::string& why);

} // namespace verbatim::net
