#pragma once
// OpenSSL's handles as owners, and its error queue as text.

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim::net {

template <auto Free>
struct openssl_free {
    template <class T>
    void operator()(T* handle) const noexcept
    {
        Free(handle);
    }
};
template <class T, auto Free>
using openssl_handle = std::unique_ptr<T, openssl_free<Free>>;

using bio_handle = openssl_handle<BIO, BIO_free_all>;
using key_handle = openssl_handle<EVP_PKEY, EVP_PKEY_free>;
using certificate_handle = openssl_handle<X509, X509_free>;
using ssl_handle = openssl_handle<SSL, SSL_free>;
using ssl_context_handle = openssl_handle<SSL_CTX, SSL_CTX_free>;
using names_handle = openssl_handle<GENERAL_NAMES, GENERAL_NAMES_free>;

/// The oldest entry of this thread's error queue, which is emptied; "unknown reason" if it is
/// empty.
std::string take_openssl_error();

/// A read-only view of `text`, which outlives it.
bio_handle view_as_bio(std::string_view text);

/// Every certificate of a PEM text. Empty, and `why`, if there is none or one is broken.
std::vector<certificate_handle> read_certificates(std::string_view pem, std::string& why);
/// Null, and `why`, if it is none or wants a passphrase.
key_handle read_private_key(std::string_view pem, std::string& why);

} // namespace verbatim::net
