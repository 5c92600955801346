#pragma once
// A recording as what its terminal showed.

#include <verbatim/replay/frame_source.hpp>
#include <verbatim/wire/recording_reader.hpp>

#include <functional>
#include <memory>

namespace verbatim::replay {

/// Opens a recording from its beginning.
using open_recording = std::function<result<std::unique_ptr<wire::recording_source>>()>;

/// The frames of a recording: prints of shown streams, and terminal sizes. Without a terminal
/// (session.start has no size) a line end alone becomes CR LF, as the user's own terminal driver
/// had done it.
/// Limits: one record in memory. Thread: one at a time.
class recording_frames final : public frame_source {
public:
    explicit recording_frames(open_recording open) : open_(std::move(open)) {}

    result<std::optional<frame>> next() override;
    result<void> rewind() override;

    /// How far it is sound; null before the first next(). Valid until rewind().
    const wire::recording_verdict* verdict() const noexcept
    {
        return reader_ ? &reader_->verdict() : nullptr;
    }

private:
    std::optional<frame> frame_of(const wire::recorded_event& recorded);
    byte_view with_line_starts(byte_view bytes);

    open_recording open_;
    std::unique_ptr<wire::recording_source> source_;
    std::unique_ptr<wire::recording_reader> reader_; ///< reads from source_
    bool no_terminal_ = false;
    char last_byte_ = 0;
    std::string converted_;
};

} // namespace verbatim::replay
