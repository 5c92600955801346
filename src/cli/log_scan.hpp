#pragma once
// What `events` and `ls` share: running over the audit log's lines.

#include <verbatim/cli/command.hpp>
#include <verbatim/replay/event_log.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace verbatim::cli {

/// A line that matched, as it stands in the file and as it was read; false: stop.
using line_taker = std::function<bool(std::string_view raw, const wire::parsed_line& line)>;

struct log_scan {
    std::filesystem::path directory;
    replay::event_filter filter;
    bool follow = false; ///< go on with what is written from now on, until a signal
};

/// Gives every wanted line to `take`, oldest file first. Damaged lines are passed over, the first
/// ones named on stderr with file and line, the rest counted there. Returns the exit code: damaged
/// lines alone do not make it fail.
int scan_log(const context& context, const log_scan& scan, const line_taker& take);

/// Reads --from and --to. False: they cannot be read, which was said; `code` is the exit code.
bool read_times(const context& context, const std::string& from, const std::string& to,
    replay::event_filter& filter, int& code);

} // namespace verbatim::cli
