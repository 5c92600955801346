#pragma once
// One line of an audit log, read back: ours, or one that another writer of the format left.

#include <verbatim/base/clock.hpp>
#include <verbatim/base/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace verbatim::wire {

/// Values are what the log holds: text that a peer chose may be among it, so show it only escaped.
struct parsed_line {
    std::string type;            ///< `event`
    std::string code;            ///< `code`; may be empty
    std::string uid;             ///< `uid`; may be empty
    wall_time time{};            ///< `time`
    std::int64_t index = 0;      ///< `ei`
    std::string user;            ///< `user`
    std::string login;           ///< `login`
    std::string sid;             ///< `sid`; empty: the event belongs to no session
    std::string server_hostname; ///< `server_hostname`
    std::string server_addr;     ///< `server_addr`
    std::string remote_addr;     ///< `addr.remote`
    std::string protocol;        ///< `proto`: ssh, kube, or empty

    /// Every member of the object (the ones above too) that is text, a number or a boolean,
    /// as text and in the line's order: numbers in decimal, booleans as true and false.
    std::vector<std::pair<std::string, std::string>> scalars;
    /// Members that are arrays: their text and number elements (`participants`, ...).
    std::vector<std::pair<std::string, std::vector<std::string>>> lists;
    /// Members of objects one level down as "labels.name" ("server_labels.env").
    std::vector<std::pair<std::string, std::string>> nested;

    /// The scalar of that key, or an empty view. Valid as long as the parsed_line is unchanged.
    std::string_view text(std::string_view key) const noexcept;
    /// The scalar of that key as a number; empty when absent or not a whole number.
    std::optional<std::int64_t> number(std::string_view key) const noexcept;
    /// True only when the scalar of that key is `true`.
    bool flag(std::string_view key) const noexcept;
    /// The list of that key; empty when absent or null.
    const std::vector<std::string>& list(std::string_view key) const noexcept;
    /// A time member (`session_start`, `session_stop`); empty when absent or not a time.
    std::optional<wall_time> time_of(std::string_view key) const noexcept;
};

/// Reads one line, with or without its line end.
/// Limits: 64 KiB a line, 32 levels of nesting.
/// Errors: errc::malformed (not a JSON object, or without `event` text or a valid `time`),
///         errc::out_of_range (line too long).
/// Thread: any; no state.
[[nodiscard]] result<parsed_line> parse_event_line(std::string_view line);

/// RFC 3339: "2026-03-02T09:14:07.512Z", offsets too ("+02:00"); the fraction may have any number
/// of digits, those below nanoseconds are dropped. Years 1678 to 2261 (what nanoseconds in 64 bits
/// hold). Errors: errc::malformed, errc::out_of_range.
[[nodiscard]] result<wall_time> parse_rfc3339(std::string_view text);

} // namespace verbatim::wire
