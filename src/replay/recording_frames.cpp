#include <verbatim/replay/recording_frames.hpp>

namespace verbatim::replay {

result<std::optional<frame>> recording_frames::next()
{
    if (!reader_) {
        if (auto opened = rewind(); !opened) return opened.error();
    }
    while (true) {
        auto recorded = reader_->next();
        if (!recorded) return recorded.error();
        if (!*recorded) return std::optional<frame>{};
        if (auto shown = frame_of(**recorded)) return shown;
    }
}

result<void> recording_frames::rewind()
{
    auto opened = open_();
    if (!opened) return opened.error();
    reader_.reset();
    source_ = std::move(*opened);
    reader_ = std::make_unique<wire::recording_reader>(*source_);
    no_terminal_ = false;
    last_byte_ = 0;
    return {};
}

std::optional<frame> recording_frames::frame_of(const wire::recorded_event& recorded)
{
    frame shown;
    shown.at = std::chrono::microseconds(recorded.at_us);
    if (const auto* print = std::get_if<wire::recorded_print>(&recorded.body)) {
        if (!wire::is_shown(print->stream) || print->data.empty()) return std::nullopt;
        shown.stream = print->stream;
        shown.bytes = no_terminal_ ? with_line_starts(print->data) : print->data;
        return shown;
    }
    const auto* happened = std::get_if<wire::event>(&recorded.body);
    if (!happened) return std::nullopt;
    if (const auto* start = std::get_if<wire::session_start>(happened)) {
        no_terminal_ = !start->size;
        shown.size = start->size;
    } else if (const auto* change = std::get_if<wire::resize>(happened)) {
        shown.size = change->size;
    }
    if (!shown.size || shown.size->columns == 0 || shown.size->rows == 0) return std::nullopt;
    return shown;
}

byte_view recording_frames::with_line_starts(byte_view bytes)
{
    converted_.clear();
    for (const char c : as_text(bytes)) {
        if (c == '\n' && last_byte_ != '\r') converted_.push_back('\r');
        converted_.push_back(c);
        last_byte_ = c;
    }
    return as_bytes(converted_);
}

} // namespace verbatim::replay
