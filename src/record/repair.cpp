#include "record/repair.hpp"

#include "record/file_source.hpp"
#include "record/recording_file.hpp"

#include <verbatim/wire/record_stream.hpp>
#include <verbatim/wire/recording_codec.hpp>

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <array>

namespace verbatim::record {
namespace {

namespace fs = std::filesystem;

/// An event of interest and where it stands: 1 for the first record of the file.
template <class Event>
struct found_event {
    Event event;
    std::uint64_t record = 0;
};

/// What is left of a recording, and how much of it can be kept.
struct remains {
    std::optional<found_event<wire::session_start>> start;
    std::optional<found_event<wire::session_end>> end;
    std::vector<std::string> participants;
    std::int64_t last_index = 0, last_at_us = 0;
    wall_time last_time{};
    bool complete = false;
    std::uint64_t keep_bytes = 0, keep_records = 0;
    std::optional<wire::cut_point> cut; ///< where keep_bytes ends, if inside a member

    bool keeps_start() const { return start && start->record <= keep_records; }
    bool keeps_end() const { return end && end->record <= keep_records; }
};

void take_part(remains& found, const std::string& user)
{
    if (!user.empty() && std::ranges::find(found.participants, user) == found.participants.end())
        found.participants.push_back(user);
}

void note(remains& found, const wire::recorded_event& seen, std::uint64_t record)
{
    found.last_index = seen.index;
    found.last_at_us = seen.at_us;
    found.last_time = std::max(found.last_time, seen.time);
    auto* event = std::get_if<wire::event>(&seen.body);
    if (event == nullptr) return;
    if (auto* start = std::get_if<wire::session_start>(event)) {
        if (!found.start) found.start = {*start, record};
        take_part(found, start->header.user.user);
    } else if (auto* join = std::get_if<wire::session_join>(event)) {
        take_part(found, join->header.user.user);
    } else if (auto* end = std::get_if<wire::session_end>(event)) {
        found.end = {*end, record};
    }
}

/// Errors: errc::io_error; a file that ends early is not an error but why we are here.
result<remains> examine(const fs::path& path)
{
    file_source source(path);
    wire::recording_reader reader(source);
    remains found;
    std::uint64_t seen = 0;
    for (;;) {
        auto next = reader.next();
        const auto& verdict = reader.verdict();
        if (verdict.sound_bytes != found.keep_bytes) {
            found.keep_bytes = verdict.sound_bytes;
            found.keep_records = seen; // what comes now is of a later part
        }
        if (!next && next.error() == errc::io_error) return next.error();
        seen = verdict.records + verdict.duplicates;
        if (!next || !*next) break;
        note(found, **next, seen);
    }
    found.complete = reader.verdict().complete;
    if (const auto& cut = reader.cut();
        !found.complete && cut && cut->records > found.keep_records) {
        found.cut = cut;
        found.keep_bytes = cut->part_offset + cut->part_header + cut->payload_bytes;
        found.keep_records = cut->records;
    }
    return found;
}

wire::session_end end_for(const remains& found)
{
    auto index = found.last_index + 1;
    if (found.end) { // whole, but behind the place where the file is cut
        auto own = found.end->event;
        own.header.metadata.index = index;
        return own;
    }
    const auto& start = found.start->event;
    wire::session_end end;
    end.header = start.header;
    end.header.metadata.index = index;
    end.header.metadata.uid = random_uuid();
    end.header.metadata.time = to_milliseconds(found.last_time);
    end.interactive = start.size.has_value();
    end.participants = found.participants;
    end.start_time = start.header.metadata.time;
    end.end_time = found.last_time;
    end.initial_command = start.initial_command;
    end.session_recording = start.session_recording;
    end.reason = "the proxy stopped during the session";
    end.synthesised = true;
    return end;
}

/// Gives the cut member its end. Killed in between, the part reads as before: its header still
/// counts the bytes up to the cut, or more than there are.
result<void> close_member(output_file& file, const wire::cut_point& cut, std::uint64_t at)
{
    auto ending = member_ending(cut.crc, static_cast<std::uint32_t>(cut.raw_bytes));
    if (auto written = write_all(file, at, ending); !written) return written;
    std::array<std::uint8_t, 8> count{};
    boost::endian::store_big_u64(count.data(), cut.payload_bytes + ending.size());
    return write_all(
        file, cut.part_offset + wire::part_size_field_offset, as_bytes(count.data(), count.size()));
}

result<void> append_end(std::unique_ptr<output_file> file, std::uint64_t at,
    const wire::session_end& end, std::int64_t at_us)
{
    byte_buffer record;
    if (auto encoded = wire::append_event(record, end, at_us); !encoded) return encoded;
    batch_compressor compressor;
    recording_file rest(std::move(file), at, {std::chrono::seconds(1), UINT64_MAX});
    if (auto appended = rest.append(record, compressor); !appended) return appended;
    if (auto closed = rest.close_part(); !closed) return closed;
    return rest.sync({});
}

/// All that is done to the file before its renaming; each step may be the last one.
result<wire::session_end> finish(const fs::path& path, const remains& found, file_system& files)
{
    if (found.complete && found.keeps_end()) return found.end->event;
    auto file = files.open(path);
    if (!file) return file.error();
    auto size = found.keep_bytes;
    if (auto cut = (*file)->truncate(size); !cut) return cut.error();
    if (found.cut) {
        if (auto closed = close_member(**file, *found.cut, size); !closed) return closed.error();
        size += member_ending_bytes;
    }
    if (found.keeps_end()) {
        if (auto synced = (*file)->sync(); !synced) return synced.error();
        return found.end->event;
    }
    auto end = end_for(found);
    auto appended = append_end(std::move(*file), size, end, found.last_at_us);
    if (!appended) return appended.error();
    return end;
}

result<repaired_recording> repair(
    session_id session, const fs::path& path, const fs::path& records_dir, file_system& files)
{
    std::error_code failed;
    auto size = fs::file_size(path, failed);
    if (failed) return errc::io_error;
    auto found = examine(path);
    if (!found) return found.error();
    repaired_recording done{session, std::nullopt, size - std::min(size, found->keep_bytes), {}};
    if (!found->keeps_start()) {
        done.path = fs::path(path).concat(".broken");
        done.bytes_dropped = 0;
    } else {
        auto end = finish(path, *found, files);
        if (!end) return end.error();
        done.end = std::move(*end);
        done.path = records_dir / (session.to_string() + ".tar");
    }
    if (auto renamed = files.rename(path, done.path); !renamed) return renamed.error();
    return done;
}

} // namespace

std::vector<repaired_recording> repair_unfinished(
    const fs::path& in_progress_dir, const fs::path& records_dir, logger& log, file_system& files)
{
    std::vector<repaired_recording> all;
    std::error_code failed;
    std::vector<fs::path> paths; // listed first: what is renamed must not disturb the listing
    for (const auto& entry : fs::directory_iterator(in_progress_dir, failed))
        if (entry.path().extension() == ".part" &&
            entry.symlink_status().type() == fs::file_type::regular)
            paths.push_back(entry.path());
    std::ranges::sort(paths);
    for (const auto& path : paths) {
        auto session = session_id::parse(path.stem().string());
        if (!session) continue;
        auto done = repair(*session, path, records_dir, files);
        if (!done) {
            log.error("an unfinished recording could not be repaired",
                {{"path", path.string()}, {"error", done.error().message()}});
            continue;
        }
        log.warning(done->end ? "finished a recording that was cut short"
                              : "set aside a recording without a beginning",
            {{"session", session->to_string()}, {"path", done->path.string()},
                {"bytes_dropped", done->bytes_dropped}});
        all.push_back(std::move(*done));
    }
    return all;
}

std::vector<repaired_recording> repair_unfinished(
    const fs::path& in_progress_dir, const fs::path& records_dir, logger& log)
{
    auto files = make_file_system();
    return repair_unfinished(in_progress_dir, records_dir, log, *files);
}

} // namespace verbatim::record
