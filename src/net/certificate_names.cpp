#include "net/certificate_names.hpp"

#include <verbatim/base/text.hpp>

#include <openssl/bn.h>

#include <ctime>
#include <optional>

namespace verbatim::net {
namespace {

constexpr std::size_t max_name_bytes = 256;
constexpr std::size_t max_organisations = 64;

struct free_openssl {
    template <class T>
    void operator()(T* memory) const noexcept
    {
        OPENSSL_free(memory);
    }
};

// A name with a NUL in it would be a longer name to those who count and a shorter one to others.
std::optional<std::string> clean_text(const ASN1_STRING* value)
{
    unsigned char* converted = nullptr;
    const int size = ASN1_STRING_to_UTF8(&converted, value);
    const std::unique_ptr<unsigned char, free_openssl> owner(converted);
    if (size <= 0 || static_cast<std::size_t>(size) > max_name_bytes) return std::nullopt;
    std::string text(reinterpret_cast<const char*>(converted), static_cast<std::size_t>(size));
    const auto is_control = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    };
    if (!is_utf8(text) || std::any_of(text.begin(), text.end(), is_control)) return std::nullopt;
    return text;
}

bool read_all(const X509_NAME* subject, int kind, std::vector<std::string>& to)
{
    for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, kind, at)) >= 0;) {
        auto text = clean_text(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
        if (!text || to.size() == max_organisations) return false;
        to.push_back(std::move(*text));
    }
    return true;
}

std::string serial_of(const X509* certificate)
{
    const openssl_handle<BIGNUM, BN_free> number{
        ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr)};
    const std::unique_ptr<char, free_openssl> text(number ? BN_bn2hex(number.get()) : nullptr);
    return text ? text.get() : "";
}

} // namespace

bool read_names(const X509* certificate, tls_peer& to)
{
    const auto* subject = X509_get_subject_name(certificate);
    std::vector<std::string> names;
    if (!read_all(subject, NID_commonName, names) || names.size() != 1) return false;
    if (!read_all(subject, NID_organizationName, to.organisations)) return false;
    to.common_name = std::move(names.front());
    to.serial = serial_of(certificate);
    std::tm until{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &until) != 1) return false;
    to.not_after = std::chrono::sys_seconds(std::chrono::seconds(::timegm(&until)));
    return true;
}

} // namespace verbatim::net
