#pragma once
// Recordings on disk: finding them by session id, and reading them.

#include <verbatim/base/result.hpp>
#include <verbatim/wire/recording_reader.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace verbatim::replay {

struct recording_places {
    std::filesystem::path finished; ///< holds SID.tar
    std::filesystem::path running;  ///< holds SID.part
};

/// Where a proxy with this data directory keeps them. `sessions_uri` may name another place for the
/// finished ones ("file:///var/records"); one that is no file URI counts as empty.
recording_places places_of(const std::filesystem::path& data_dir, std::string_view sessions_uri);

/// A path rather than a session id: it has a slash, ends in .tar or .part, or is a file here.
bool names_a_file(std::string_view name);

struct located_recording {
    std::filesystem::path path;
    bool finished = true; ///< false: still being written, or cut by a crash
};

/// What `name` means: a path (names_a_file), else a session id or the first characters of one.
/// Errors: errc::not_found; errc::limit_reached when several sessions begin so;
///         errc::malformed for a name that is neither a path nor at least 8 characters of an id.
[[nodiscard]] result<located_recording> locate_recording(
    const recording_places& places, std::string_view name);

/// A file read from its beginning to its end.
class file_source final : public wire::recording_source {
public:
    /// Errors: errc::not_found, errc::access_denied, errc::io_error.
    [[nodiscard]] static result<std::unique_ptr<file_source>> open(
        const std::filesystem::path& path);
    ~file_source() override;
    file_source(const file_source&) = delete;
    file_source& operator=(const file_source&) = delete;

    /// Errors: errc::io_error.
    result<std::size_t> read(std::span<std::byte> into) override;

    std::uint64_t size_bytes() const noexcept { return size_; } ///< when it was opened

private:
    file_source(int handle, std::uint64_t size) noexcept : handle_(handle), size_(size) {}
    int handle_;
    std::uint64_t size_;
};

} // namespace verbatim::replay
