#include "kube/certificate_maker.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <arpa/inet.h>

#include <array>
#include <ctime>

namespace verbatim::kube {
namespace {

using net::bio_handle;
using net::certificate_handle;
using net::key_handle;
using extension_handle = net::openssl_handle<X509_EXTENSION, X509_EXTENSION_free>;

constexpr std::size_t max_common_name_bytes = 64; // RFC 5280, A.1: ub-common-name
constexpr std::size_t serial_bytes = 16;

std::string text_of(const bio_handle& bio)
{
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

bio_handle memory() { return bio_handle{BIO_new(BIO_s_secmem())}; }

std::string to_pem(X509* certificate)
{
    const auto out = memory();
    return PEM_write_bio_X509(out.get(), certificate) == 1 ? text_of(out) : "";
}

secret to_pem(EVP_PKEY* key)
{
    const auto out = memory();
    const bool written =
        PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1;
    return secret(written ? text_of(out) : "");
}

certificate_handle parse(const issued_certificate& text)
{
    std::string why;
    auto all = net::read_certificates(text.certificate, why);
    return all.empty() ? nullptr : std::move(all.front());
}

key_handle parse_key(const issued_certificate& text)
{
    std::string why;
    return net::read_private_key(text.private_key.reveal(), why);
}

bool is_plain(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool set_serial(X509* certificate)
{
    std::array<unsigned char, serial_bytes> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
    bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40); // positive, always as long
    const net::openssl_handle<BIGNUM, BN_free> number{
        BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr)};
    return number &&
           BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_times(X509* certificate, const certificate_wish& wish, const X509* issuer)
{
    const auto seconds = [](wall_time time) {
        return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    };
    if (ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(wish.from)) == nullptr)
        return false;
    if (issuer != nullptr &&
        ASN1_TIME_cmp_time_t(X509_get0_notAfter(issuer), seconds(wish.until)) < 0)
        return X509_set1_notAfter(certificate, X509_get0_notAfter(issuer)) == 1;
    return ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(wish.until)) != nullptr;
}

bool add(X509* to, X509V3_CTX& context, int kind, const char* value)
{
    const extension_handle made{X509V3_EXT_conf_nid(nullptr, &context, kind, value)};
    return made && X509_add_ext(to, made.get(), -1) == 1;
}

bool add_one_name(GENERAL_NAMES* to, const std::string& name)
{
    std::array<unsigned char, 16> address{};
    int size = 0;
    if (::inet_pton(AF_INET, name.c_str(), address.data()) == 1) size = 4;
    else if (::inet_pton(AF_INET6, name.c_str(), address.data()) == 1) size = 16;
    net::openssl_handle<GENERAL_NAME, GENERAL_NAME_free> entry{GENERAL_NAME_new()};
    net::openssl_handle<ASN1_STRING, ASN1_STRING_free> value{
        ASN1_STRING_type_new(size != 0 ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING)};
    const void* bytes = size != 0 ? static_cast<const void*>(address.data()) : name.data();
    if (!entry || !value ||
        ASN1_STRING_set(value.get(), bytes, size != 0 ? size : static_cast<int>(name.size())) != 1)
        return false;
    GENERAL_NAME_set0_value(entry.get(), size != 0 ? GEN_IPADD : GEN_DNS, value.release());
    if (sk_GENERAL_NAME_push(to, entry.get()) == 0) return false;
    entry.release(); // the list owns it now
    return true;
}

// Not by OpenSSL's configuration syntax, in which a comma in a name would begin another.
bool add_names(X509* to, const std::vector<std::string>& names)
{
    if (names.empty()) return true;
    const net::names_handle list{GENERAL_NAMES_new()};
    for (const auto& name : names)
        if (name.empty() || !is_plain(name) || !list || !add_one_name(list.get(), name))
            return false;
    return X509_add1_ext_i2d(to, NID_subject_alt_name, list.get(), 0, 0) == 1;
}

bool add_extensions(X509* to, const certificate_wish& wish, X509* issuer)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer == nullptr ? to : issuer, to, nullptr, nullptr, 0);
    const bool authority = wish.use == certificate_use::authority;
    bool good = add(to, context, NID_basic_constraints,
                    authority ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE") &&
                add(to, context, NID_key_usage,
                    authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature") &&
                add(to, context, NID_subject_key_identifier, "hash");
    if (authority) return good;
    const bool server = wish.use == certificate_use::server;
    return good && add(to, context, NID_authority_key_identifier, "keyid") &&
           add(to, context, NID_ext_key_usage, server ? "serverAuth" : "clientAuth") &&
           add_names(to, wish.alternative_names);
}

bool set_subject(X509* certificate, const std::string& name)
{
    const auto* bytes = reinterpret_cast<const unsigned char*>(name.data());
    return !name.empty() && name.size() <= max_common_name_bytes &&
           X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName,
               V_ASN1_UTF8STRING, bytes, static_cast<int>(name.size()), -1, 0) == 1;
}

std::chrono::sys_seconds end_of(const X509* certificate)
{
    std::tm until{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &until) != 1) return {};
    return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&until)));
}

} // namespace

result<issued_certificate> make_certificate(
    const certificate_wish& wish, const issued_certificate* issuer)
{
    ERR_clear_error();
    const key_handle key{EVP_EC_gen("P-256")};
    const certificate_handle made{X509_new()};
    const auto by = issuer == nullptr ? nullptr : parse(*issuer);
    const auto signing = issuer == nullptr ? nullptr : parse_key(*issuer);
    if (issuer != nullptr && (!by || !signing)) return errc::malformed;
    if (!key || !made) throw std::bad_alloc();
    auto* const raw = made.get();
    const bool named = X509_set_version(raw, X509_VERSION_3) == 1 && set_serial(raw) &&
                       set_subject(raw, wish.common_name) &&
                       X509_set_issuer_name(raw, X509_get_subject_name(by ? by.get() : raw)) == 1 &&
                       set_times(raw, wish, by.get()) && X509_set_pubkey(raw, key.get()) == 1 &&
                       add_extensions(raw, wish, by.get());
    if (!named) return errc::out_of_range;
    if (X509_sign(raw, signing ? signing.get() : key.get(), EVP_sha256()) == 0)
        return errc::malformed;
    return issued_certificate{to_pem(raw), to_pem(key.get()), end_of(raw)};
}

secret to_text(const issued_certificate& certificate)
{
    return secret(std::string(certificate.private_key.reveal()) + certificate.certificate);
}

result<issued_certificate> from_text(const secret& text)
{
    std::string why;
    const auto certificates = net::read_certificates(text.reveal(), why);
    const auto key = net::read_private_key(text.reveal(), why);
    if (certificates.empty() || !key) return errc::malformed;
    auto* const first = certificates.front().get();
    if (X509_check_private_key(first, key.get()) != 1) {
        ERR_clear_error();
        return errc::malformed;
    }
    return issued_certificate{to_pem(first), to_pem(key.get()), end_of(first)};
}

bool is_signed_by(const issued_certificate& certificate, const issued_certificate& authority)
{
    const auto one = parse(certificate), by = parse(authority);
    const bool good = one && by && X509_verify(one.get(), X509_get0_pubkey(by.get())) == 1;
    ERR_clear_error();
    return good;
}

std::set<std::string> alternative_names(const issued_certificate& certificate)
{
    std::set<std::string> all;
    const auto parsed = parse(certificate);
    const net::names_handle names{
        parsed ? static_cast<GENERAL_NAMES*>(
                     X509_get_ext_d2i(parsed.get(), NID_subject_alt_name, nullptr, nullptr))
               : nullptr};
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        int kind = 0;
        const auto* value = static_cast<const ASN1_STRING*>(
            GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &kind));
        const auto* bytes = ASN1_STRING_get0_data(value);
        const int size = ASN1_STRING_length(value);
        std::array<char, INET6_ADDRSTRLEN> text{};
        if (kind == GEN_DNS)
            all.emplace(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
        else if (kind == GEN_IPADD && (size == 4 || size == 16) &&
                 ::inet_ntop(size == 4 ? AF_INET : AF_INET6, bytes, text.data(), text.size()))
            all.emplace(text.data());
    }
    return all;
}

} // namespace verbatim::kube
