#include <verbatim/replay/event_log.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace verbatim::replay {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t longest_line = 64 * 1024;
constexpr std::size_t read_bytes = 256 * 1024;
constexpr std::string_view file_scheme = "file://";
/// "2026-11-23.00:00:00.log"
constexpr std::size_t name_length = 23;

/// JSON writes these as they are, so that a line with such a value holds it literally.
bool is_plain(std::string_view text) noexcept
{
    return std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '.' || c == '-' || c == '_';
    });
}

bool may_hold(std::string_view line, std::string_view value) noexcept
{
    return value.empty() || !is_plain(value) || line.find(value) != line.npos;
}

std::optional<wall_time> day_of(const std::string& name)
{
    if (name.size() != name_length || !name.ends_with(".log") || name[10] != '.')
        return std::nullopt;
    std::string text = name.substr(0, 19) + 'Z';
    text[10] = 'T';
    const auto day = wire::parse_rfc3339(text);
    return day ? std::optional(*day) : std::nullopt;
}

errc translate(int error) noexcept
{
    if (error == ENOENT || error == ENOTDIR) return errc::not_found;
    return error == EACCES || error == EPERM ? errc::access_denied : errc::io_error;
}

} // namespace

bool event_filter::may_match(std::string_view line) const noexcept
{
    if (!may_hold(line, user) || !may_hold(line, sid)) return false;
    return types.empty() ||
           std::ranges::any_of(types, [&](const auto& type) { return may_hold(line, type); });
}

bool event_filter::matches(const wire::parsed_line& line) const noexcept
{
    if (from && line.time < *from) return false;
    if (to && line.time >= *to) return false;
    if (!types.empty() && !types.contains(line.type)) return false;
    if (!user.empty() && line.user != user) return false;
    return sid.empty() || line.sid.starts_with(sid);
}

fs::path log_directory_of(const fs::path& data_dir, const std::vector<std::string>& events_uris)
{
    for (const std::string_view uri : events_uris) {
        if (!uri.starts_with(file_scheme)) continue;
        auto path = uri.substr(file_scheme.size());
        path = path.substr(0, path.find_first_of("?#"));
        if (path.starts_with('/')) return path;
    }
    return data_dir / "log";
}

result<std::vector<fs::path>> daily_files(
    const fs::path& directory, std::optional<wall_time> from, std::optional<wall_time> to)
{
    constexpr std::chrono::days day{1};
    std::vector<fs::path> found;
    std::error_code error;
    fs::directory_iterator entry(directory, error);
    for (const fs::directory_iterator end; !error && entry != end; entry.increment(error)) {
        const auto begins = day_of(entry->path().filename().string());
        if (!begins) continue;
        if (from && *begins + 2 * day <= *from) continue;
        if (to && *begins - day >= *to) continue;
        found.push_back(entry->path());
    }
    if (error) return translate(error.value());
    std::ranges::sort(found); // the name's form sorts by time
    return found;
}

result<std::unique_ptr<line_reader>> line_reader::open(const fs::path& path)
{
    const int handle = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (handle < 0) return translate(errno);
    return std::unique_ptr<line_reader>(new line_reader(handle));
}

line_reader::~line_reader() { ::close(handle_); }

result<std::optional<line_reader::line>> line_reader::next(bool last)
{
    while (true) {
        if (auto whole = take_line()) return whole;
        buffer_.erase(0, begin_);
        searched_ -= begin_;
        begin_ = 0;
        const auto held = buffer_.size();
        buffer_.resize(held + read_bytes);
        const auto got = ::read(handle_, buffer_.data() + held, read_bytes);
        const int error = errno;
        buffer_.resize(held + (got > 0 ? static_cast<std::size_t>(got) : 0));
        if (got > 0 || (got < 0 && error == EINTR)) continue;
        if (got < 0) return errc::io_error;
        if (!last || buffer_.empty()) return std::optional<line>{};
        begin_ = searched_ = buffer_.size();
        if (dropping_) return std::optional<line>{};
        return std::optional(line{buffer_, ++number_, false, true});
    }
}

std::optional<line_reader::line> line_reader::take_line()
{
    while (true) {
        const auto end = buffer_.find('\n', searched_);
        const bool whole = end != buffer_.npos;
        const auto text =
            std::string_view(buffer_).substr(begin_, whole ? end - begin_ : std::string_view::npos);
        const bool too_long = text.size() >= longest_line;
        searched_ = whole ? end + 1 : buffer_.size();
        if (!whole && !too_long && !dropping_) return std::nullopt;
        begin_ = searched_;
        const bool rest = std::exchange(dropping_, !whole);
        if (!rest) return line{text.substr(0, longest_line), ++number_, too_long, false};
        if (!whole) return std::nullopt;
    }
}

} // namespace verbatim::replay
