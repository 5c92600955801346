#include <verbatim/kube/bearer_token.hpp>

#include <verbatim/base/text.hpp>

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>
#include <stdexcept>

namespace verbatim::kube {

secret make_bearer_token()
{
    std::array<unsigned char, 32> bits{};
    if (RAND_bytes(bits.data(), static_cast<int>(bits.size())) != 1)
        throw std::runtime_error("no random source");
    auto text = "vbk_" + to_hex(as_bytes(bits.data(), bits.size()));
    OPENSSL_cleanse(bits.data(), bits.size());
    return secret(std::move(text));
}

std::string hash_of_token(std::string_view token)
{
    std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
    SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), hash.data());
    return "sha256:" + to_hex(as_bytes(hash.data(), hash.size()));
}

} // namespace verbatim::kube
