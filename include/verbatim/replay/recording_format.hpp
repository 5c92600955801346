#pragma once
// The forms in which a recording leaves the program.

#include <verbatim/wire/recording_reader.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace verbatim::replay {

/// Writes a recording in another form, event by event; holds no more than one of them.
class recording_format {
public:
    virtual ~recording_format() = default;
    /// Appends what `event` is in this form.
    virtual void add(const wire::recorded_event& event, std::string& out) = 0;
    /// Appends what is still owed when there are no more events, for a cut recording as well.
    virtual void finish(std::string& out) = 0;
};

/// The words that were shown (transcript_filter).
std::unique_ptr<recording_format> make_text_format();
/// One JSON object a line: audit events as in the log, and for each print "stream", "at_us", "ms",
/// and its bytes as base64 in `data` (shown) or `input` (typed and other streams).
std::unique_ptr<recording_format> make_json_format();
/// The same objects as YAML documents.
std::unique_ptr<recording_format> make_yaml_format();
/// asciicast 2: a header, "o" for shown bytes, "r" for sizes, and "i" for typed bytes if asked for.
/// Characters split between records are joined; bytes that are no UTF-8 become U+FFFD (the format
/// holds text only).
std::unique_ptr<recording_format> make_asciicast_format(bool with_input);

/// "stdout", "stderr", "stdin", "to-target", "to-client", "command"
std::string_view name_of(wire::stream_tag stream) noexcept;

/// Where finished text goes; false: it could not be written.
using text_writer = std::function<bool(std::string_view)>;

/// Reads to the end, writing in pieces of about 64 KiB. Errors: the reader's (what was sound is
/// written before), errc::closed when `write` fails.
[[nodiscard]] result<void> convert(
    wire::recording_reader& reader, recording_format& format, const text_writer& write);

} // namespace verbatim::replay
