#pragma once
// Reads the audit log's daily files, line by line.

#include <verbatim/base/clock.hpp>
#include <verbatim/base/result.hpp>
#include <verbatim/wire/event_line.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim::replay {

/// Which events are wanted; what is empty asks for nothing.
struct event_filter {
    std::optional<wall_time> from, to; ///< from <= time < to
    std::set<std::string, std::less<>> types;
    std::string user;
    std::string sid; ///< or its first characters

    /// Cheap, before parsing: false only for a line that matches() would refuse or that is damaged
    /// beside the point.
    bool may_match(std::string_view line) const noexcept;
    bool matches(const wire::parsed_line& line) const noexcept;
};

/// Where a proxy with this data directory writes its log: the first file:// URI, or data_dir/log.
std::filesystem::path log_directory_of(
    const std::filesystem::path& data_dir, const std::vector<std::string>& events_uris);

/// The daily files of `directory` that may hold events of that time, oldest first. A file's name
/// is the day it begins with; its neighbours are taken as well, since an event is written a little
/// after its time. Errors: errc::not_found, errc::access_denied, errc::io_error.
[[nodiscard]] result<std::vector<std::filesystem::path>> daily_files(
    const std::filesystem::path& directory, std::optional<wall_time> from,
    std::optional<wall_time> to);

/// Lines of one file that may still grow.
/// Limits: holds one line; a longer one than 64 KiB comes cut, with `too_long` set.
class line_reader {
public:
    struct line {
        std::string_view text; ///< without its end; valid until the next call
        std::uint64_t number = 0;
        bool too_long = false;
        bool unfinished = false; ///< the file ends without a line end
    };

    /// Errors: errc::not_found, errc::access_denied, errc::io_error.
    [[nodiscard]] static result<std::unique_ptr<line_reader>> open(
        const std::filesystem::path& path);
    ~line_reader();
    line_reader(const line_reader&) = delete;
    line_reader& operator=(const line_reader&) = delete;

    /// The next whole line; nothing at the end of what is there now (ask again later).
    /// With `last` the rest without a line end counts as a line. Errors: errc::io_error.
    [[nodiscard]] result<std::optional<line>> next(bool last);

private:
    explicit line_reader(int handle) noexcept : handle_(handle) {}
    std::optional<line> take_line();

    int handle_;
    std::string buffer_;
    std::size_t begin_ = 0, searched_ = 0;
    std::uint64_t number_ = 0;
    bool dropping_ = false; ///< the rest of a line that was too long
};

} // namespace verbatim::replay
