#pragma once
// The disk as a seam, so that tests can fill it, break it and stop it at every call.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>

namespace verbatim::record {

/// Errors of all: errc::disk_full, errc::io_error.
class output_file {
public:
    virtual ~output_file() = default;
    /// At least one byte of `bytes` (never empty) unless it fails.
    [[nodiscard]] virtual result<std::size_t> write_some(std::uint64_t offset, byte_view bytes) = 0;
    [[nodiscard]] virtual result<void> truncate(std::uint64_t size) = 0;
    /// All written so far is on stable storage.
    [[nodiscard]] virtual result<void> sync() = 0;
    /// A hint: begin to write out this range, without waiting.
    virtual void start_writeback(std::uint64_t offset, std::uint64_t size) = 0;
};

/// Thread: any.
class file_system {
public:
    virtual ~file_system() = default;
    /// A new file, 0600. Errors: errc::already_exists, errc::disk_full, errc::io_error.
    [[nodiscard]] virtual result<std::unique_ptr<output_file>> create(
        const std::filesystem::path& path) = 0;
    /// For writing. Errors: errc::not_found, errc::io_error.
    [[nodiscard]] virtual result<std::unique_ptr<output_file>> open(
        const std::filesystem::path& path) = 0;
    /// Never replaces a file; the new name is on stable storage when it returns.
    /// Errors: errc::already_exists, errc::disk_full, errc::io_error.
    [[nodiscard]] virtual result<void> rename(
        const std::filesystem::path& from, const std::filesystem::path& to) = 0;
    /// The entries of `directory` are on stable storage.
    [[nodiscard]] virtual result<void> sync_directory(const std::filesystem::path& directory) = 0;
    [[nodiscard]] virtual result<void> remove(const std::filesystem::path& path) = 0;
    [[nodiscard]] virtual result<std::uint64_t> free_bytes(
        const std::filesystem::path& directory) = 0;
};

std::unique_ptr<file_system> make_file_system();

/// Writes all of `bytes`, however many calls it takes.
[[nodiscard]] result<void> write_all(output_file& file, std::uint64_t offset, byte_view bytes);

} // namespace verbatim::record
