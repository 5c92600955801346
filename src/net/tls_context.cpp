#include "net/tls_context.hpp"

#include "net/certificate_names.hpp"

#include <openssl/err.h>

#include <cstring>

namespace verbatim::net {
namespace {

// What a stranger may make us hold before the handshake ends.
constexpr long max_peer_chain_bytes = 64 * 1024;
constexpr int max_chain_depth = 6;
constexpr std::string_view http_1_1 = "http/1.1";

ssl_context_handle new_context(const SSL_METHOD* method)
{
    ssl_context_handle context{SSL_CTX_new(method)};
    if (!context) throw std::bad_alloc();
    auto* const raw = context.get();
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    // No tickets and no cache: every connection proves anew who it is. An end without close_notify
    // is an end: kubectl just exits, and both protocols above tell a cut stream from a finished
    // one.
    SSL_CTX_set_options(raw, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                 SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(raw, 0);
    // Without these an idle connection holds 34 KiB of empty buffers.
    SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // One system call fetches a record's header with its body, and with small ones its successors.
    SSL_CTX_set_read_ahead(raw, 1);
    SSL_CTX_set_max_cert_list(raw, max_peer_chain_bytes);
    SSL_CTX_set_verify_depth(raw, max_chain_depth);
    return context;
}

bool use_certificate(
    SSL_CTX* context, std::string_view chain, std::string_view private_key, std::string& why)
{
    const auto certificates = read_certificates(chain, why);
    if (certificates.empty()) {
        why = "certificate: " + why;
        return false;
    }
    const auto key = read_private_key(private_key, why);
    if (!key) {
        why = "private key: " + why;
        return false;
    }
    bool taken = SSL_CTX_use_certificate(context, certificates.front().get()) == 1;
    for (std::size_t i = 1; taken && i < certificates.size(); ++i)
        taken = SSL_CTX_add1_chain_cert(context, certificates[i].get()) == 1;
    if (!taken) {
        why = "certificate: " + take_openssl_error();
        return false;
    }
    if (SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1)
        return true;
    why = "private key: it does not belong to the certificate (" + take_openssl_error() + ")";
    return false;
}

// Every certificate of the text is trusted for itself, be it a root or not.
bool trust(SSL_CTX* context, const std::vector<certificate_handle>& authorities)
{
    auto* const store = SSL_CTX_get_cert_store(context);
    for (const auto& authority : authorities)
        if (X509_STORE_add_cert(store, authority.get()) != 1) return false;
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
    return true;
}

// RFC 7301, 3.2: with no protocol in common the answer is the alert no_application_protocol. A
// client that would speak HTTP/2 alone is better told so than left to guess.
int choose_http_1_1(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
    const unsigned char* offered, unsigned int size, void*) noexcept
{
    for (unsigned int at = 0; at < size;) {
        const unsigned int length = offered[at++];
        if (length > size - at) break;
        if (length == http_1_1.size() && std::memcmp(offered + at, http_1_1.data(), length) == 0) {
            *chosen = offered + at;
            *chosen_size = static_cast<unsigned char>(length);
            return SSL_TLSEXT_ERR_OK;
        }
        at += length;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// Refused here, while the handshake runs, so that the client is told by an alert.
int check_client(int verified, X509_STORE_CTX* state) noexcept
{
    if (verified != 1 || X509_STORE_CTX_get_error_depth(state) != 0) return verified;
    try {
        tls_peer peer;
        if (read_names(X509_STORE_CTX_get_current_cert(state), peer)) return 1;
    } catch (const std::bad_alloc&) {
    }
    X509_STORE_CTX_set_error(state, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

bool ask_for_client_certificates(SSL_CTX* context, std::string_view ca, std::string& why)
{
    const auto authorities = read_certificates(ca, why);
    if (authorities.empty() || !trust(context, authorities)) {
        why = "client CA: " + (why.empty() ? take_openssl_error() : why);
        return false;
    }
    // Go's clients send a certificate only to a server that names its issuer.
    for (const auto& authority : authorities)
        if (SSL_CTX_add_client_CA(context, authority.get()) != 1) return false;
    SSL_CTX_set_purpose(context, X509_PURPOSE_SSL_CLIENT);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, check_client);
    return true;
}

} // namespace

result<tls_context_pointer> make_tls_server_context(
    const tls_server_settings& settings, std::string& why)
{
    why.clear();
    auto context = new_context(TLS_server_method());
    SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    if (!use_certificate(
            context.get(), settings.certificate_chain, settings.private_key.reveal(), why))
        return errc::malformed;
    if (!settings.client_ca.empty() &&
        !ask_for_client_certificates(context.get(), settings.client_ca, why))
        return errc::malformed;
    SSL_CTX_set_alpn_select_cb(context.get(), choose_http_1_1, nullptr);
    const bool asks = !settings.client_ca.empty();
    return tls_context_pointer(std::make_shared<openssl_context>(std::move(context), asks));
}

result<tls_context_pointer> make_tls_client_context(
    const tls_client_settings& settings, std::string& why)
{
    why.clear();
    auto context = new_context(TLS_client_method());
    if (settings.ca.empty()) SSL_CTX_set_default_verify_paths(context.get());
    else {
        const auto authorities = read_certificates(settings.ca, why);
        if (authorities.empty() || !trust(context.get(), authorities)) {
            why = "CA: " + (why.empty() ? take_openssl_error() : why);
            return errc::malformed;
        }
    }
    if (!settings.certificate.empty() &&
        !use_certificate(context.get(), settings.certificate, settings.private_key.reveal(), why))
        return errc::malformed;
    SSL_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
    SSL_CTX_set_verify(context.get(), settings.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    return tls_context_pointer(
        std::make_shared<openssl_context>(std::move(context), settings.verify));
}

} // namespace verbatim::net
