#pragma once

#include <verbatim/base/result.hpp>
#include <verbatim/base/secret.hpp>

#include <filesystem>

namespace verbatim::kube {

inline constexpr std::size_t max_token_bytes = 64 * 1024;

/// A bearer token's file without the blanks and line ends around it. Blocks.
/// Errors: errc::io_error; errc::malformed: empty, too long, or bytes that no header may hold.
[[nodiscard]] result<secret> read_token_file(const std::filesystem::path& file);

} // namespace verbatim::kube
