#include <verbatim/kube/token.hpp>

#include <verbatim/base/text.hpp>

#include <openssl/sha.h>

#include <array>

namespace verbatim::kube {

std::string hash_of_token(std::string_view token)
{
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest.data());
    return "sha256:" + to_hex(as_bytes(digest.data(), digest.size()));
}

} // namespace verbatim::kube
