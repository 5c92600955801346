#pragma once
// Deflate for batches of records. One of these serves all sessions of a worker thread: a session
// keeps only the last of what it wrote.

#include <verbatim/base/bytes.hpp>

#include <memory>

namespace verbatim::record {

/// Bytes of a session's own past that the next batch may refer to, and how many of them a session
/// keeps that has nothing to write.
constexpr std::size_t history_bytes = 32 * 1024, idle_history_bytes = 4 * 1024;

/// How hard to try. On a machine's `ls -lR`: fast leaves 14.5 % at 1.2 CPU-seconds per GiB,
/// thorough 11.5 % at 35. (ISA-L's level 3 leaves 14.1 % at 3.4, zlib's level 9 11.5 % at 37.)
enum class effort { fast, thorough };

/// Thread: one at a time; no state between calls.
class batch_compressor {
public:
    batch_compressor();
    ~batch_compressor();
    batch_compressor(const batch_compressor&) = delete;
    batch_compressor& operator=(const batch_compressor&) = delete;

    /// Appends `batch` to `out` as raw deflate blocks, none of them final, that end on a byte
    /// boundary. `history` is what directly precedes in the same member, at most history_bytes.
    /// Bytes that a sample shows to be incompressible become stored blocks.
    void pack(byte_buffer& out, byte_view batch, byte_view history, effort how);

    /// Room for what its user is about to write, kept from one session's batch to the next's.
    byte_buffer& output() noexcept;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

/// The running checksum of a gzip member; begins with 0.
std::uint32_t update_crc(std::uint32_t crc, byte_view bytes);

} // namespace verbatim::record
