#pragma once
// Finishes the recordings that a crash or a power cut left unfinished.

#include <verbatim/base/clock.hpp>
#include <verbatim/base/ids.hpp>
#include <verbatim/base/log.hpp>
#include <verbatim/wire/events.hpp>

#include <filesystem>
#include <optional>
#include <vector>

namespace verbatim::record {

struct repaired_recording {
    session_id session;
    /// The end that now stands in the recording: a synthesised one (`synthesised` is set, its time
    /// is that of the last event) or, where the crash came after it, the session's own.
    /// Nothing: there was no session.start to be found; the file was set aside.
    std::optional<wire::session_end> end;
    std::uint64_t bytes_dropped = 0; ///< from the file's end: what was not yet whole
    std::filesystem::path path;      ///< SID.tar, or SID.part.broken
};

/// For every SID.part: keeps the sound parts and, of the last one, what stands before its last
/// whole batch's end, closes it, appends a session.end and gives the file its finished name.
/// What cannot be finished stays where it is and is logged. To be called before any session.
/// Safe to be killed at any point: called again, it goes on from there. Reads each file once.
/// Thread: any; blocks.
std::vector<repaired_recording> repair_unfinished(const std::filesystem::path& in_progress_dir,
    const std::filesystem::path& records_dir, logger& log);

} // namespace verbatim::record
