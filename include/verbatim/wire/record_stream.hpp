#pragma once
// The lower half of reading a recording: parts, gzip members and framing, not yet the records'
// meaning.

#include <verbatim/wire/recording_reader.hpp>

#include <memory>
#include <optional>

namespace verbatim::wire {

/// A place inside a part whose member is unfinished, where the file may be cut and the member
/// closed: whole records lie before it, and the deflate stream stands on a byte boundary.
struct cut_point {
    std::uint64_t part_offset = 0;   ///< of the part's header in the file
    std::uint64_t part_header = 0;   ///< that header's length
    std::uint64_t payload_bytes = 0; ///< of the member so far
    std::uint64_t raw_bytes = 0;     ///< what they unpack to
    std::uint32_t crc = 0;           ///< of those, as the member's trailer wants it
    std::uint64_t records = 0;       ///< in the file before this place
};

/// Pulls records one by one from the parts of a recording.
/// Limits and errors as recording_reader. Thread: any, one at a time.
class record_stream {
public:
    /// `source` must outlive it.
    explicit record_stream(recording_source& source);
    ~record_stream();
    record_stream(const record_stream&) = delete;
    record_stream& operator=(const record_stream&) = delete;

    /// The next record without its length, or nothing at the clean end.
    /// Valid: until the next call. After an error it stays with that error.
    [[nodiscard]] result<std::optional<byte_view>> next();

    std::uint64_t records() const noexcept;
    /// Parts read to their end with the right checksum.
    std::uint64_t parts() const noexcept;
    std::uint64_t bytes_read() const noexcept;
    /// The file's length up to the end of the last such part.
    std::uint64_t sound_bytes() const noexcept;
    /// The last place to cut in the part that is being read; nothing if it has none yet.
    const std::optional<cut_point>& cut() const noexcept;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

} // namespace verbatim::wire
