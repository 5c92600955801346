#include "files/sha256.hpp"

#include <verbatim/base/text.hpp>

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace verbatim::files {
namespace {

void require(bool done)
{
    if (!done) throw std::runtime_error("SHA-256 failed");
}

} // namespace

void sha256::free_context::operator()(evp_md_ctx_st* context) const noexcept
{
    ::EVP_MD_CTX_free(context);
}

sha256::sha256() : context_(::EVP_MD_CTX_new())
{
    require(context_ != nullptr);
    require(::EVP_DigestInit_ex(context_.get(), ::EVP_sha256(), nullptr) == 1);
}

void sha256::restart()
{
    // With the digest it has: naming it anew would have OpenSSL look it up for every small file.
    require(::EVP_DigestInit_ex(context_.get(), nullptr, nullptr) == 1);
}

void sha256::update(byte_view bytes)
{
    require(::EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

std::string sha256::finish()
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    require(::EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1);
    return to_hex(as_bytes(digest.data(), size));
}

} // namespace verbatim::files
