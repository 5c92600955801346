#pragma once
// X.509 certificates of any shape, also such as no sound CA would issue.

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim::test {

struct wanted_certificate {
    std::string name{}; ///< common name, may hold any bytes; empty: none
    std::vector<std::string> organisations{};
    std::string alternative_names{}; ///< OpenSSL's form: "DNS:web1,IP:127.0.0.1"
    std::string purpose{};           ///< "clientAuth", "serverAuth"; empty: any
    bool is_ca = false;
    long from_seconds = -60, until_seconds = 3600; ///< from now
};

/// A certificate with its key.
class made_certificate {
public:
    /// Signed by `issuer`; by itself without one.
    explicit made_certificate(
        const wanted_certificate& wanted, const made_certificate* issuer = nullptr)
        : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(X509_new(), X509_free)
    {
        const made_certificate& by = issuer == nullptr ? *this : *issuer;
        X509* const raw = certificate_.get();
        X509_set_version(raw, X509_VERSION_3);
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(raw), 0xabcdef0123456789);
        X509_gmtime_adj(X509_getm_notBefore(raw), wanted.from_seconds);
        X509_gmtime_adj(X509_getm_notAfter(raw), wanted.until_seconds);
        if (!wanted.name.empty()) add_name(raw, NID_commonName, wanted.name);
        for (const auto& each : wanted.organisations) add_name(raw, NID_organizationName, each);
        X509_set_issuer_name(raw, X509_get_subject_name(by.certificate_.get()));
        X509_set_pubkey(raw, key_.get());
        X509V3_CTX context;
        X509V3_set_ctx(&context, by.certificate_.get(), raw, nullptr, nullptr, 0);
        add_extension(
            context, NID_basic_constraints, wanted.is_ca ? "critical,CA:TRUE" : "CA:FALSE");
        if (!wanted.alternative_names.empty())
            add_extension(context, NID_subject_alt_name, wanted.alternative_names);
        if (!wanted.purpose.empty()) add_extension(context, NID_ext_key_usage, wanted.purpose);
        if (X509_sign(raw, by.key_.get(), EVP_sha256()) == 0)
            throw std::runtime_error(
                "X509_sign: " + std::string(ERR_reason_error_string(ERR_peek_last_error())));
    }

    std::string pem() const
    {
        const bio out(BIO_new(BIO_s_mem()), BIO_free_all);
        PEM_write_bio_X509(out.get(), certificate_.get());
        return text(out);
    }
    std::string key_pem() const
    {
        const bio out(BIO_new(BIO_s_mem()), BIO_free_all);
        PEM_write_bio_PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
        return text(out);
    }

private:
    using bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

    static std::string text(const bio& out)
    {
        char* data = nullptr;
        const long size = BIO_get_mem_data(out.get(), &data);
        return {data, static_cast<std::size_t>(size)};
    }
    static void add_name(X509* to, int kind, const std::string& value)
    {
        X509_NAME_add_entry_by_NID(X509_get_subject_name(to), kind, V_ASN1_UTF8STRING,
            reinterpret_cast<const unsigned char*>(value.data()), static_cast<int>(value.size()),
            -1, 0);
    }
    void add_extension(X509V3_CTX& context, int kind, const std::string& value)
    {
        const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
            X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), X509_EXTENSION_free);
        if (!extension) throw std::runtime_error("extension " + value);
        X509_add_ext(certificate_.get(), extension.get(), -1);
    }

    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
    std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

} // namespace verbatim::test
