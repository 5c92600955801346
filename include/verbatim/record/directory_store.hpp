#pragma once
// Recordings as files of a local directory.

#include <verbatim/base/clock.hpp>
#include <verbatim/base/log.hpp>
#include <verbatim/record/recorder.hpp>

#include <chrono>
#include <filesystem>
#include <memory>

namespace verbatim::record {

struct directory_store_settings {
    std::filesystem::path records_dir;     ///< finished: SID.tar, 0600; directory 0750
    std::filesystem::path in_progress_dir; ///< SID.part, 0600; directory 0700, same file system
    /// Below this much free space open() refuses with errc::disk_full.
    std::uint64_t free_space_floor = 256ULL * 1024 * 1024;
    /// What was taken is on stable storage after this long; at most one fdatasync in this time.
    std::chrono::milliseconds sync_interval{1000};
    /// The kernel is told to begin writing when this much is waiting, so that the next fdatasync
    /// is short.
    std::uint64_t writeback_bytes = 4ULL * 1024 * 1024;
    /// Per session. Full: try_print() takes nothing and room() waits, so the leg stops reading and
    /// the peer's window closes.
    std::size_t queue_limit_bytes = 1024 * 1024;
    /// A wait for the disk that is longer than this has failed: errc::recording_failed.
    std::chrono::seconds stall_deadline{30};
    /// For compression and disk work. 0: nothing runs by itself (tests).
    unsigned threads = 2;
};

/// Makes the two directories if need be.
/// `time` and `log` must outlive the store, the store its recorders.
/// Errors: errc::io_error.
[[nodiscard]] result<std::unique_ptr<recording_store>> make_directory_store(
    const directory_store_settings& settings, const clock& time, logger& log);

} // namespace verbatim::record
