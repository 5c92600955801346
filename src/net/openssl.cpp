#include "net/openssl.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

namespace verbatim::net {
namespace {

// Instead of OpenSSL's own, which would ask on the terminal.
int no_passphrase(char*, int, int, void* asked)
{
    *static_cast<bool*>(asked) = true;
    return -1;
}

} // namespace

std::string take_openssl_error()
{
    const auto code = ERR_get_error();
    ERR_clear_error();
    const char* text = code == 0 ? nullptr : ERR_reason_error_string(code);
    return text == nullptr ? "unknown reason" : text;
}

bio_handle view_as_bio(std::string_view text)
{
    return bio_handle{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

std::vector<certificate_handle> read_certificates(std::string_view pem, std::string& why)
{
    ERR_clear_error();
    std::vector<certificate_handle> all;
    const auto text = view_as_bio(pem);
    bool asked = false;
    for (;;) {
        certificate_handle one{PEM_read_bio_X509(text.get(), nullptr, no_passphrase, &asked)};
        if (!one) break;
        all.push_back(std::move(one));
    }
    const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (ended && !all.empty()) {
        ERR_clear_error();
        return all;
    }
    why =
        ended ? "there is no PEM certificate in it" : "not a certificate: " + take_openssl_error();
    ERR_clear_error();
    return {};
}

key_handle read_private_key(std::string_view pem, std::string& why)
{
    ERR_clear_error();
    const auto text = view_as_bio(pem);
    bool asked = false;
    key_handle key{PEM_read_bio_PrivateKey(text.get(), nullptr, no_passphrase, &asked)};
    if (key) return key;
    // The reasons are many and none says more than this.
    why = asked ? "the private key wants a passphrase; keys here must have none"
                : "there is no PEM private key in it";
    ERR_clear_error();
    return nullptr;
}

} // namespace verbatim::net
