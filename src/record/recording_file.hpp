#pragma once
// One recording as parts in a file: composes the gzip members and decides when to sync.

#include "record/batch_compressor.hpp"
#include "record/file_system.hpp"

#include <verbatim/base/clock.hpp>

#include <optional>

namespace verbatim::record {

/// A part is closed when what it unpacks to reaches this: the unit that a checksum proves.
constexpr std::size_t part_raw_bytes = 1024 * 1024;

/// What ends a gzip member whose deflate stream stands on a byte boundary.
constexpr std::size_t member_ending_bytes = 10;
byte_buffer member_ending(std::uint32_t crc, std::uint32_t raw_bytes);

struct recording_file_settings {
    std::chrono::milliseconds sync_interval;
    std::uint64_t writeback_bytes;
    /// Of the beginning that is packed thoroughly; half of it where bytes come faster than that.
    std::uint64_t thorough_bytes = 0;
};

/// Every batch ends on a byte boundary of its member's deflate stream, and after it the part's
/// header tells the size so far. So whatever instant the file is cut at, it reads as whole batches
/// and then ends, and can be finished without unpacking and packing anew.
/// A header may reach the disk before the bytes it counts (both come with the next sync): then the
/// file is shorter than the header says, as file systems lengthen a file after writing its blocks.
/// Errors: errc::disk_full, errc::io_error; after one the object is good for nothing more.
/// Thread: one at a time.
class recording_file {
public:
    recording_file(
        std::unique_ptr<output_file> file, std::uint64_t size, recording_file_settings settings);

    /// `batch` is whole framed records. `hurried`: the next batch waits already.
    [[nodiscard]] result<void> append(
        byte_view batch, batch_compressor& compressor, bool hurried = false);
    /// Closes the part being written, if any: its member gets an end and a checksum.
    [[nodiscard]] result<void> close_part();
    [[nodiscard]] result<void> sync(monotonic_time now);
    /// Syncs if there is something to and the interval is over.
    [[nodiscard]] result<void> sync_if_due(monotonic_time now);
    /// When the next sync is due; nothing if all is synced.
    std::optional<monotonic_time> sync_due() const;
    monotonic_time last_sync() const { return last_sync_; }

    std::uint64_t size() const { return size_; }
    std::uint64_t raw_bytes() const { return raw_bytes_; }

private:
    result<void> end_part(byte_buffer& out);
    result<void> write_out(byte_buffer& out);
    effort effort_for(std::size_t batch, bool hurried) const;
    void remember(byte_view batch);
    void forget_most();

    std::unique_ptr<output_file> file_;
    recording_file_settings settings_;
    std::uint64_t size_;                        ///< of the file
    std::uint64_t raw_bytes_ = 0;               ///< of all batches
    std::optional<std::uint64_t> part_offset_;  ///< of the open part's header
    std::uint32_t part_raw_ = 0, part_crc_ = 0; ///< of the open part
    byte_buffer history_;                       ///< the end of the open part's raw bytes
    bool dirty_ = false;
    std::uint64_t writeback_from_;
    monotonic_time last_sync_{};
};

} // namespace verbatim::record
