#include <verbatim/audit/directory_sink.hpp>

#include <verbatim/wire/event_json.hpp>

#include <cstdio>
#include <utility>

namespace verbatim::audit {
namespace {

// A buffer that one large batch grew is given back.
constexpr std::size_t kept_buffer_bytes = 1024 * 1024;

// A torn line is no longer than a batch's single write; what looks longer is not ours to move.
constexpr std::uint64_t longest_torn_bytes = 4 * 1024 * 1024;

std::string file_name(std::chrono::sys_days day)
{
    const std::chrono::year_month_day date(day);
    char text[48];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u.00:00:00.log", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text;
}

// Where the last whole line ends; errc::out_of_range when no line end is near.
result<std::uint64_t> end_of_last_line(appendable_file& file, std::uint64_t size)
{
    std::uint64_t end = size;
    while (end > 0 && size - end < longest_torn_bytes) {
        const auto step = std::min<std::uint64_t>(end, wire::max_line_bytes);
        const auto block = file.read(end - step, static_cast<std::size_t>(step));
        if (!block) return block.error();
        if (const auto at = block->rfind('\n'); at != std::string::npos) return end - step + at + 1;
        end -= step;
    }
    if (end == 0) return 0;
    return errc::out_of_range;
}

result<void> write_all(appendable_file& file, std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto taken = file.append(bytes);
        if (!taken) return taken.error();
        if (*taken == 0) return errc::io_error;
        bytes.remove_prefix(*taken);
    }
    return {};
}

} // namespace

directory_sink::directory_sink(
    std::filesystem::path directory, const clock& clock, std::unique_ptr<file_operations> files)
    : directory_(std::move(directory)), clock_(clock), files_(std::move(files))
{}

std::string directory_sink::name() const { return "file://" + directory_.string(); }

result<void> directory_sink::open()
{
    return open_day(std::chrono::floor<std::chrono::days>(clock_.wall_now()));
}

result<void> directory_sink::open_day(day today)
{
    file_.reset();
    if (auto made = files_->make_directory(directory_); !made) return made;
    const auto name = file_name(today);
    const auto path = directory_ / name;
    auto file = files_->open(path);
    if (!file) return file.error();
    if (auto whole = move_torn_line_aside(**file, path); !whole) return whole;
    if (auto linked = files_->replace_link(name, directory_ / "events.log"); !linked) return linked;
    if (auto synced = files_->synchronise_directory(directory_); !synced) return synced;
    file_ = std::move(*file);
    open_day_ = today;
    return {};
}

// A line without its end was never reported as durable. It is kept for the curious, but out of the
// log, where it would stop readers that expect JSON line by line.
result<void> directory_sink::move_torn_line_aside(
    appendable_file& file, const std::filesystem::path& path)
{
    const auto state = file.state();
    if (!state) return state.error();
    const auto whole = end_of_last_line(file, state->size);
    if (!whole) {
        if (whole.error() == errc::out_of_range) return write_all(file, "\n");
        return whole.error();
    }
    if (*whole == state->size) return {};
    const auto torn = file.read(*whole, static_cast<std::size_t>(state->size - *whole));
    if (!torn) return torn.error();

    auto aside_path = path;
    aside_path += ".torn";
    const auto aside = files_->open(aside_path);
    if (!aside) return aside.error();
    if (auto kept = write_all(**aside, *torn + '\n'); !kept) return kept;
    if (auto synced = (*aside)->synchronise(); !synced) return synced;
    return file.truncate(*whole);
}

// Today's file, open, and its size. The clock may also be set back: then yesterday's goes on.
result<std::uint64_t> directory_sink::ready_file()
{
    const auto today = std::chrono::floor<std::chrono::days>(clock_.wall_now());
    if (file_ && open_day_ == today) {
        const auto state = file_->state();
        if (!state) return state.error();
        if (state->linked) return state->size;
    }
    if (auto opened = open_day(today); !opened) return opened.error();
    const auto state = file_->state();
    if (!state) return state.error();
    return state->size;
}

result<void> directory_sink::append_all(std::string_view bytes)
{
    if (auto written = write_all(*file_, bytes); !written) return written;
    return file_->synchronise();
}

// After a failed fdatasync the kernel may hold the pages for clean and the next one would succeed
// without them (the PostgreSQL "fsyncgate" of 2018), so the bytes are taken back and written anew.
void directory_sink::undo(std::uint64_t size)
{
    if (!file_->truncate(size)) file_.reset(); // opening it again finds the torn line
}

result<void> directory_sink::write(std::span<const serialised_event> batch)
{
    const auto size = ready_file();
    if (!size) return size.error();
    buffer_.clear();
    for (const auto& event : batch) {
        buffer_ += event.line;
        buffer_ += '\n';
    }
    const auto written = append_all(buffer_);
    if (!written) undo(*size);
    if (buffer_.capacity() > kept_buffer_bytes) std::string().swap(buffer_);
    return written;
}

result<std::unique_ptr<audit_sink>> make_directory_sink(
    std::filesystem::path directory, const clock& clock)
{
    auto sink =
        std::make_unique<directory_sink>(std::move(directory), clock, make_posix_file_operations());
    if (auto opened = sink->open(); !opened) return opened.error();
    return sink;
}

} // namespace verbatim::audit
