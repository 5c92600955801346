#pragma once
// Whole small files, read with the checks that a file which grants access deserves.

#include <filesystem>
#include <optional>
#include <string>

namespace verbatim::config {

/// A regular file's content. Nothing, and `why` says what to do, if it cannot be read, is not a
/// regular file (or pipe), or is larger than `limit`.
std::optional<std::string> read_file(
    const std::filesystem::path& file, std::size_t limit, std::string& why);

/// As read_file, for a file that must belong to the caller or root and be open to nobody else. A
/// missing file is nothing without a `why`.
std::optional<std::string> read_private_file(
    const std::filesystem::path& file, std::size_t limit, std::string& why);

/// It is a regular file of the caller or root, and neither group nor others may write it.
bool only_caller_or_root_may_write(const std::filesystem::path& file);

} // namespace verbatim::config
