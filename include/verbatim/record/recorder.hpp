#pragma once
// The recorder seam: one recorder per session; nothing is forwarded before it is taken here.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>
#include <verbatim/wire/events.hpp>
#include <verbatim/wire/recording_stream.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string_view>

namespace verbatim::record {

/// What a finished recording amounts to.
struct recording_summary {
    std::string path; ///< of the finished file, for operators
    std::uint64_t raw_bytes = 0, file_bytes = 0;
};

/// Takes what happens in one session, in order. Everything taken is stamped with the monotonic time
/// and the next index at once, on the caller's thread.
/// Thread:  the session's loop. The recorder does encoding's rest, compression and disk work
/// elsewhere.
/// Errors:  errc::disk_full, errc::io_error, errc::recording_failed (the disk stalled); it stays
/// failed. Cancel:  destroying an unfinished recorder leaves a file that the next start repairs.
class recorder {
public:
    virtual ~recorder() = default;

    /// Copies `data` (any length: split into prints of at most 32 KiB) into the bounded queue.
    /// `party`: who typed it, in a shared session; empty: the session's user, or nobody.
    /// False: the queue is full and nothing was taken; await room(), then try again.
    [[nodiscard]] virtual result<bool> try_print(
        wire::stream_tag stream, byte_view data, std::string_view party) = 0;

    /// As try_print, for an event that stands in the recording (start, resize, join, leave).
    /// Its header.metadata.index must come from take_index().
    [[nodiscard]] virtual result<bool> try_event(const wire::event& event) = 0;

    /// Completes when the queue has room again, or with the failure. A queue that stays full past
    /// the stall deadline has failed. Cancel: total; the queue is unchanged.
    [[nodiscard]] virtual boost::asio::awaitable<result<void>> room() = 0;

    /// The next index of this session, for an event that goes into both books.
    virtual std::int64_t take_index() = 0;

    /// Nothing on disk is safe before this: completes when all taken so far is on stable storage.
    [[nodiscard]] virtual boost::asio::awaitable<result<void>> sync() = 0;

    /// Writes the end, makes all durable and gives the file its finished name. Call once, last.
    [[nodiscard]] virtual boost::asio::awaitable<result<recording_summary>> finish(
        const wire::session_end& end) = 0;
};

/// Thread: any loop.
class recording_store {
public:
    virtual ~recording_store() = default;

    /// Opens the recording named by start.header.session and takes `start` as its first record;
    /// completes when that record is on stable storage.
    /// Errors: errc::disk_full below the free-space floor, errc::io_error, errc::already_exists.
    [[nodiscard]] virtual boost::asio::awaitable<result<std::unique_ptr<recorder>>> open(
        const wire::session_start& start) = 0;
};

} // namespace verbatim::record
