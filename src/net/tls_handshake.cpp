#include "net/certificate_names.hpp"
#include "net/tls_stream.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/net/deadline.hpp>

#include <openssl/err.h>

#include <sys/socket.h>

#include <array>

namespace verbatim::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::size_t max_server_name_bytes = 253; // RFC 1035, 2.3.4

// RFC 6066, 3: a host name in ASCII. What is none leads nowhere, as if there were no name.
std::string server_name_of(const SSL* ssl)
{
    const char* sent = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    std::string name = sent == nullptr ? "" : sent;
    if (name.ends_with('.')) name.pop_back();
    if (name.size() > max_server_name_bytes) return {};
    for (char& c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        const bool fits =
            (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
        if (!fits) return {};
    }
    return name;
}

// The first line of what a client sent in plain that should have come in TLS.
bool spoke_plain_http() noexcept { return ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST; }

// Lets the peer read our alert: a close with unread bytes would be a reset, which overtakes it.
void end_after_last_words(tls_stream& stream, bool plain_http)
{
    constexpr std::string_view answer =
        "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
    const int descriptor = stream.socket().native_handle();
    if (plain_http) std::ignore = ::send(descriptor, answer.data(), answer.size(), MSG_NOSIGNAL);
    std::array<char, 16 * 1024> unread;
    std::ignore = ::recv(descriptor, unread.data(), unread.size(), 0);
    error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream.close();
}

std::string reason_of(const SSL* ssl, const error_code& error, const std::string& server_name)
{
    const long verdict = SSL_get_verify_result(ssl);
    if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
        return "its certificate is not for " + escape_for_log(server_name, 80);
    if (error == make_error_code(errc::closed)) return "it closed the connection";
    if (error != make_error_code(errc::malformed)) return error.message();
    const auto reason = take_openssl_error();
    if (verdict == X509_V_OK) return reason;
    return std::string("its certificate: ") + X509_verify_cert_error_string(verdict);
}

bool is_address(const std::string& name)
{
    error_code not_one;
    asio::ip::make_address(name, not_one);
    return !not_one;
}

// False where the name is none that a certificate could be checked against.
bool expect_server(SSL* ssl, std::string name, bool verify)
{
    if (name.ends_with('.')) name.pop_back();
    if (name.empty() || name.find('\0') != std::string::npos) return !verify && name.empty();
    auto* const checks = SSL_get0_param(ssl);
    if (is_address(name)) return X509_VERIFY_PARAM_set1_ip_asc(checks, name.c_str()) == 1;
    X509_VERIFY_PARAM_set_hostflags(
        checks, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return X509_VERIFY_PARAM_set1_host(checks, name.c_str(), name.size()) == 1 &&
           SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
}

} // namespace

asio::awaitable<result<tls_accepted>> tls_accept(
    tcp::socket socket, tls_context_pointer context, std::chrono::milliseconds within)
{
    const auto& settings = openssl_side(*context);
    auto stream = std::make_unique<tls_stream>(std::move(socket), settings);
    SSL_set_accept_state(stream->ssl());
    const deadline limit(stream->executor(), within, [raw = stream.get()] { raw->close(); });
    auto handshake = stream->handshake();
    const auto shaken = co_await std::move(handshake);
    if (limit.expired()) co_return errc::timed_out;
    if (!shaken) {
        if (shaken.error() != make_error_code(errc::malformed)) co_return errc::closed;
        end_after_last_words(*stream, spoke_plain_http());
        co_return errc::malformed;
    }
    tls_accepted accepted;
    accepted.peer.server_name = server_name_of(stream->ssl());
    const X509* certificate = SSL_get0_peer_certificate(stream->ssl());
    const bool verified = settings.verify() && SSL_get_verify_result(stream->ssl()) == X509_V_OK;
    if (certificate != nullptr && (!verified || !read_names(certificate, accepted.peer)))
        co_return errc::malformed; // the handshake has checked both: a bug would end here
    accepted.stream = std::move(stream);
    co_return accepted;
}

asio::awaitable<result<std::unique_ptr<byte_stream>>> tls_connect(tcp::socket socket,
    tls_context_pointer context, std::string server_name, std::chrono::milliseconds within,
    std::string& why)
{
    const auto& settings = openssl_side(*context);
    auto stream = std::make_unique<tls_stream>(std::move(socket), settings);
    SSL_set_connect_state(stream->ssl());
    if (!expect_server(stream->ssl(), server_name, settings.verify())) {
        why = "no server name to check its certificate against";
        co_return errc::target_unreachable;
    }
    const deadline limit(stream->executor(), within, [raw = stream.get()] { raw->close(); });
    auto handshake = stream->handshake();
    const auto shaken = co_await std::move(handshake);
    if (limit.expired()) {
        why = "no answer to the TLS handshake within " + std::to_string(within.count()) + " ms";
        co_return errc::timed_out;
    }
    if (shaken) co_return std::unique_ptr<byte_stream>(std::move(stream));
    why = reason_of(stream->ssl(), shaken.error(), server_name);
    stream->close();
    co_return errc::target_unreachable;
}

} // namespace verbatim::net
