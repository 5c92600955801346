#include "cli/log_scan.hpp"

#include <verbatim/base/clock.hpp>
#include <verbatim/base/text.hpp>
#include <verbatim/replay/time_spec.hpp>

#include <poll.h>

#include <ostream>

namespace verbatim::cli {

namespace {

constexpr std::uint64_t most_named_damages = 5;
constexpr int follow_interval_ms = 200;

class scanner {
public:
    scanner(const context& context, const log_scan& scan, const line_taker& take)
        : context_(context), scan_(scan), take_(take)
    {}

    int run();

private:
    enum class verdict { go_on, stop, failed };
    verdict read_file(const std::filesystem::path& path);
    verdict take_line(const std::filesystem::path& path, const replay::line_reader::line& line);
    std::filesystem::path file_after(const std::filesystem::path& path) const;
    std::filesystem::path await_file_after(const std::filesystem::path& path) const;
    void report_damage(const std::filesystem::path& path, std::uint64_t line);
    int unreadable(const std::filesystem::path& path, const error_code& error) const;

    const context& context_;
    const log_scan& scan_;
    const line_taker& take_;
    std::uint64_t damaged_ = 0;
    int code_ = done;
};

int scanner::unreadable(const std::filesystem::path& path, const error_code& error) const
{
    const auto shown = escape_for_log(path.string());
    if (error == errc::not_found) return fail(context_, "there is no audit log in " + shown);
    if (error == errc::access_denied)
        return fail(context_, "the audit log " + shown + " may not be read by you; try as root");
    return fail(context_, "the audit log " + shown + " cannot be read");
}

int scanner::run()
{
    const auto& filter = scan_.filter;
    const auto files = replay::daily_files(scan_.directory, filter.from, filter.to);
    if (!files) return unreadable(scan_.directory, files.error());
    std::filesystem::path last;
    auto went = verdict::go_on;
    for (const auto& file : *files) {
        if (went != verdict::go_on) break;
        last = file;
        went = read_file(file);
    }
    while (scan_.follow && went == verdict::go_on) {
        last = await_file_after(last);
        went = read_file(last);
    }
    if (damaged_ > most_named_damages)
        context_.err << "verbatim: " << damaged_ << " damaged lines in all\n";
    return code_;
}

/// In follow mode the newest file is read until a newer one is there.
scanner::verdict scanner::read_file(const std::filesystem::path& path)
{
    auto reader = replay::line_reader::open(path);
    if (!reader) {
        code_ = unreadable(path, reader.error());
        return verdict::failed;
    }
    bool last = !scan_.follow;
    while (true) {
        const auto line = (*reader)->next(last);
        if (!line) {
            code_ = unreadable(path, line.error());
            return verdict::failed;
        }
        if (*line) {
            if (const auto went = take_line(path, **line); went != verdict::go_on) return went;
            continue;
        }
        if (last) return verdict::go_on;
        context_.out.flush();
        if (!file_after(path).empty()) {
            last = true; // the writer has gone on: once more to its end, then the next
            continue;
        }
        ::poll(nullptr, 0, follow_interval_ms);
    }
}

scanner::verdict scanner::take_line(
    const std::filesystem::path& path, const replay::line_reader::line& line)
{
    if (!line.too_long) {
        if (line.text.empty() || !scan_.filter.may_match(line.text)) return verdict::go_on;
        if (const auto parsed = wire::parse_event_line(line.text)) {
            if (!scan_.filter.matches(*parsed)) return verdict::go_on;
            return take_(line.text, *parsed) ? verdict::go_on : verdict::stop;
        }
    }
    report_damage(path, line.number);
    return verdict::go_on;
}

void scanner::report_damage(const std::filesystem::path& path, std::uint64_t line)
{
    if (++damaged_ > most_named_damages) return;
    context_.err << "verbatim: " << escape_for_log(path.string()) << ':' << line
                 << ": damaged line, passed over\n";
}

std::filesystem::path scanner::file_after(const std::filesystem::path& path) const
{
    const auto files = replay::daily_files(scan_.directory, {}, {});
    if (!files) return {};
    for (const auto& file : *files)
        if (file.filename() > path.filename()) return file;
    return {};
}

std::filesystem::path scanner::await_file_after(const std::filesystem::path& path) const
{
    while (true) {
        if (auto next = file_after(path); !next.empty()) return next;
        ::poll(nullptr, 0, follow_interval_ms);
    }
}

} // namespace

int scan_log(const context& context, const log_scan& scan, const line_taker& take)
{
    return scanner(context, scan, take).run();
}

bool read_times(const context& context, const std::string& from, const std::string& to,
    replay::event_filter& filter, int& code)
{
    const auto now = system_clock().wall_now();
    const auto read = [&](const char* option, const std::string& text,
                          std::optional<wall_time>& into) {
        if (text.empty()) return true;
        const auto time = replay::parse_time(text, now);
        if (time) into = *time;
        else
            code = refuse(context, std::string(option) +
                                       " takes a time such as 2026-11-23, 2026-11-23T14:30:00Z, or "
                                       "-2h for two hours ago");
        return static_cast<bool>(time);
    };
    return read("--from", from, filter.from) && read("--to", to, filter.to);
}

} // namespace verbatim::cli
