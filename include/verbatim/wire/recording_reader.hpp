#pragma once
// Reads a recording back: ours, and those that Teleport made.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/clock.hpp>
#include <verbatim/base/result.hpp>
#include <verbatim/wire/events.hpp>
#include <verbatim/wire/recording_stream.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

namespace verbatim::wire {

struct cut_point;

/// Where a recording's bytes come from: a file, a download, a test's buffer.
class recording_source {
public:
    virtual ~recording_source() = default;
    /// Fills the front of `into` (never empty) and says how much; 0 is the end. Blocks.
    [[nodiscard]] virtual result<std::size_t> read(std::span<std::byte> into) = 0;
};

/// Bytes in memory; they must outlive it.
class memory_source final : public recording_source {
public:
    explicit memory_source(byte_view bytes, std::size_t at_most_per_read = SIZE_MAX) noexcept
        : rest_(bytes), at_most_(at_most_per_read)
    {}
    result<std::size_t> read(std::span<std::byte> into) override;

private:
    byte_view rest_;
    std::size_t at_most_;
};

/// One print record. Teleport's have no stream: they are standard output.
struct recorded_print {
    stream_tag stream = stream_tag::standard_output;
    byte_view data;            ///< what a player shows; empty for streams that are not shown
    byte_view input;           ///< the bytes of a stream that is not shown
    std::int64_t delay_ms = 0; ///< since the first print
    std::int64_t offset = 0;   ///< shown bytes before this record
    std::int64_t chunk_index = 0;
    std::string party; ///< who typed, in shared sessions

    byte_view bytes() const noexcept { return is_shown(stream) ? data : input; }
};

/// A kind of record that this program does not know; it has a place in the order all the same.
struct recorded_other {
    std::uint32_t number = 0; ///< the field number in Teleport's OneOf
};

struct recorded_event {
    std::int64_t index = 0;
    wall_time time{};
    /// Since the session began; never falls. Ours carry it; for Teleport's it is derived from
    /// the prints' delays and the events' times.
    std::int64_t at_us = 0;
    std::string type; ///< as the record says: "print", "session.start", ...
    std::variant<recorded_print, event, recorded_other> body;
};

/// How far a recording is sound.
struct recording_verdict {
    /// The end was reached, on a part boundary, and every checksum was right.
    bool complete = false;
    /// Why reading ended early: errc::truncated (cut, or still being written), checksum_mismatch,
    /// malformed, unsupported_version, encrypted, out_of_range, or the source's own error.
    error_code error;
    std::uint64_t records = 0;     ///< handed out
    std::uint64_t duplicates = 0;  ///< skipped: their index did not rise
    std::uint64_t parts = 0;       ///< read to their end, checksum right
    std::uint64_t bytes_read = 0;  ///< taken from the source
    std::uint64_t sound_bytes = 0; ///< the file's length up to the end of the last such part
};

/// Pulls events one by one. Memory stays under 300 KiB whatever the file holds: every length is
/// checked before it is believed.
/// Shape:   parts of version 1 or 2 (unencrypted), empty parts, padding, trailing bytes inside a
///          part after its gzip member; records of at most 64 KiB.
/// Valid:   views in an event refer into the reader until the next call of next().
/// Errors:  those of recording_verdict::error; sound records before the fault are handed out first.
/// Thread:  any, one at a time.
/// Source:  Teleport's recording format, version 1.
class recording_reader {
public:
    /// `source` must outlive the reader.
    explicit recording_reader(recording_source& source);
    ~recording_reader();
    recording_reader(const recording_reader&) = delete;
    recording_reader& operator=(const recording_reader&) = delete;

    /// The next event, or nothing at the clean end. After an error it stays with that error.
    [[nodiscard]] result<std::optional<recorded_event>> next();

    /// Final once next() gave nothing or an error.
    const recording_verdict& verdict() const noexcept;

    /// Where a repair could cut the part that is being read (record_stream.hpp).
    const std::optional<cut_point>& cut() const noexcept;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

} // namespace verbatim::wire
