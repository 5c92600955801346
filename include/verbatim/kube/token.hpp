#pragma once

#include <string>
#include <string_view>

namespace verbatim::kube {

/// How bearer tokens are kept: "sha256:" and 64 lower-case digits. A token is 256 random bits, so
/// a plain hash is enough.
std::string hash_of_token(std::string_view token);

} // namespace verbatim::kube
