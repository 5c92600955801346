#pragma once
// Files that hold private keys: who may read them, and how they come to be.

#include <verbatim/base/result.hpp>
#include <verbatim/base/secret.hpp>

#include <filesystem>
#include <string>

namespace verbatim {

/// Makes the directory (0700) where it is missing, with its parents. One that is there must belong
/// to us or root and be open to nobody else.
/// Errors: errc::access_denied, errc::io_error; `why` names path and remedy.
[[nodiscard]] result<void> prepare_secret_directory(
    const std::filesystem::path& directory, std::string& why);

/// A file of ours, of root's, or, when we are root, of the directory's owner; a regular one that
/// group and others may not touch, of at most 64 KiB.
/// Errors: errc::not_found (`why` stays as it is), errc::access_denied, errc::out_of_range,
///         errc::io_error.
[[nodiscard]] result<secret> read_secret_file(const std::filesystem::path& file, std::string& why);

/// Writes a new file, 0600: whole and synced under its name, or not there at all. Never replaces
/// one. Root's files take the directory's owner.
/// Errors: errc::already_exists (another process was first), errc::io_error.
[[nodiscard]] result<void> create_secret_file(
    const std::filesystem::path& file, const secret& content, std::string& why);

/// The same, but it takes the place of one that is there.
[[nodiscard]] result<void> replace_secret_file(
    const std::filesystem::path& file, const secret& content, std::string& why);

} // namespace verbatim
