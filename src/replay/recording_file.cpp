#include <verbatim/replay/recording_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace verbatim::replay {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t shortest_prefix = 8;
constexpr std::size_t id_length = 36;
constexpr std::string_view file_scheme = "file://";

bool is_id_prefix(std::string_view name) noexcept
{
    return name.size() >= shortest_prefix && name.size() <= id_length &&
           name.find_first_not_of("0123456789abcdef-") == name.npos;
}

/// Files of `directory` named by an id that begins with `prefix`. One that cannot be listed (not
/// there yet) holds none.
std::vector<fs::path> matching(
    const fs::path& directory, std::string_view prefix, std::string_view extension)
{
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
        const auto name = entry->path().filename().string();
        if (name.starts_with(prefix) && name.size() == id_length + extension.size() &&
            name.ends_with(extension))
            found.push_back(entry->path());
    }
    return found;
}

} // namespace

bool names_a_file(std::string_view name)
{
    std::error_code error;
    return name.find('/') != name.npos || name.ends_with(".tar") || name.ends_with(".part") ||
           fs::is_regular_file(fs::path(name), error);
}

recording_places places_of(const fs::path& data_dir, std::string_view sessions_uri)
{
    recording_places places{data_dir / "log/records", data_dir / "log/upload/streaming/default"};
    if (sessions_uri.starts_with(file_scheme)) {
        auto path = sessions_uri.substr(file_scheme.size());
        path = path.substr(0, path.find_first_of("?#"));
        if (path.starts_with('/')) places.finished = path;
    }
    return places;
}

result<located_recording> locate_recording(const recording_places& places, std::string_view name)
{
    if (names_a_file(name)) {
        std::error_code error;
        if (!fs::exists(fs::path(name), error)) return errc::not_found;
        return located_recording{fs::path(name), !name.ends_with(".part")};
    }
    if (!is_id_prefix(name)) return errc::malformed;
    const auto finished = matching(places.finished, name, ".tar");
    auto running = matching(places.running, name, ".part");
    // Between its finishing and its renaming a recording may stand in both places.
    std::erase_if(running, [&](const fs::path& part) {
        return std::ranges::any_of(
            finished, [&](const fs::path& tar) { return tar.stem() == part.stem(); });
    });
    if (finished.size() + running.size() > 1) return errc::limit_reached;
    if (!finished.empty()) return located_recording{finished.front(), true};
    if (!running.empty()) return located_recording{running.front(), false};
    return errc::not_found;
}

result<std::unique_ptr<file_source>> file_source::open(const fs::path& path)
{
    const int handle = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (handle < 0) {
        if (errno == ENOENT) return errc::not_found;
        return errno == EACCES || errno == EPERM ? errc::access_denied : errc::io_error;
    }
    struct stat status = {};
    if (::fstat(handle, &status) != 0 || S_ISDIR(status.st_mode)) {
        ::close(handle);
        return errc::io_error;
    }
    ::posix_fadvise(handle, 0, 0, POSIX_FADV_SEQUENTIAL); // advice only
    return std::unique_ptr<file_source>(
        new file_source(handle, static_cast<std::uint64_t>(status.st_size)));
}

file_source::~file_source() { ::close(handle_); }

result<std::size_t> file_source::read(std::span<std::byte> into)
{
    while (true) {
        const auto got = ::read(handle_, into.data(), into.size());
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) return errc::io_error;
    }
}

} // namespace verbatim::replay
