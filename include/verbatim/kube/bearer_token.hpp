#pragma once

#include <verbatim/base/secret.hpp>

#include <string>
#include <string_view>

namespace verbatim::kube {

/// "vbk_" and 256 random bits in hexadecimal. Throws if the system has no random source.
secret make_bearer_token();

/// As configurations keep it and policy::authorizer::user_of_token wants it: "sha256:" and 64
/// lower-case digits. The tokens are random, so that a plain hash is enough.
std::string hash_of_token(std::string_view token);

} // namespace verbatim::kube
