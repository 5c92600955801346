#include "record/directory_recorder.hpp"

#include <verbatim/wire/recording_codec.hpp>

#include <algorithm>

namespace verbatim::record {

namespace asio = boost::asio;

namespace {

// result<bool> does not convert from an error by itself: an error_code could mean a bool too.
result<bool> refused(error_code why) { return {boost::system::in_place_error, why}; }

// What shell sessions seldom outgrow; it costs at most some 0.27 CPU-seconds a session.
constexpr std::uint64_t of_a_shell = 16 * 1024 * 1024;
// Without a terminal bytes are mostly copied files, and packing most of those thoroughly would cost
// as much as all else.
constexpr std::uint64_t of_a_copy = 1024 * 1024;

std::uint64_t thorough_bytes_of(const wire::session_start& start)
{
    return start.size ? of_a_shell : of_a_copy;
}

} // namespace

directory_recorder::directory_recorder(const store_parts& parts, const wire::session_start& start)
    : parts_(parts), began_(parts.time.monotonic_now()),
      cluster_name_(start.header.metadata.cluster_name),
      queue_(
          std::make_shared<recording_queue>(parts, start.header.session, thorough_bytes_of(start))),
      next_index_(start.header.metadata.index + 1)
{}

result<std::unique_ptr<directory_recorder>> directory_recorder::begin(
    const store_parts& parts, const wire::session_start& start)
{
    std::unique_ptr<directory_recorder> recorder(new directory_recorder(parts, start));
    if (auto taken = recorder->put(start); !taken) return taken.error();
    return recorder;
}

directory_recorder::~directory_recorder()
{
    if (!finishing_) queue_->abandon();
}

std::int64_t directory_recorder::elapsed_us() const
{
    return std::chrono::duration_cast<std::chrono::microseconds>(
        parts_.time.monotonic_now() - began_)
        .count();
}

std::int64_t directory_recorder::take_index() { return next_index_++; }

result<bool> directory_recorder::try_print(
    wire::stream_tag stream, byte_view data, std::string_view party)
{
    if (auto free = queue_->admit(data.size()); !free)
        return free.error() == errc::queue_full ? result<bool>(false) : refused(free.error());
    auto now = to_milliseconds(parts_.time.wall_now());
    auto at_us = elapsed_us();
    while (!data.empty()) {
        auto piece = data.first(std::min(data.size(), wire::max_print_bytes));
        put_print(stream, piece, now, at_us, party);
        data = data.subspan(piece.size());
    }
    return true;
}

void directory_recorder::put_print(wire::stream_tag stream, byte_view data, wall_time now,
    std::int64_t at_us, std::string_view party)
{
    // What a party typed is a print of its own: it is never joined to somebody else's.
    auto is_small = data.size() < large_piece_bytes && party.empty();
    if (is_small && queue_->join(stream, data, at_us)) {
        if (wire::is_shown(stream)) offset_ += static_cast<std::int64_t>(data.size());
        return;
    }
    if (!first_print_us_) first_print_us_ = at_us;
    last_index_ = take_index();
    wire::print_fields fields{last_index_, now, stream, chunk_index_, offset_,
        (at_us - *first_print_us_) / 1000, at_us, cluster_name_, party};
    queue_->put_print(fields, data, is_small);
    if (!wire::is_shown(stream)) return;
    ++chunk_index_;
    offset_ += static_cast<std::int64_t>(data.size());
}

/// Readers skip a record whose index does not rise. Prints may have been taken between an event's
/// take_index() and now; the event then gets a new index here rather than be lost.
result<void> directory_recorder::put(wire::event event)
{
    auto& metadata =
        std::visit([](auto& each) -> wire::event_metadata& { return each.header.metadata; }, event);
    if (metadata.index <= last_index_) metadata.index = take_index();
    if (metadata.time == wall_time{}) metadata.time = to_milliseconds(parts_.time.wall_now());
    byte_buffer record;
    if (auto encoded = wire::append_event(record, event, elapsed_us()); !encoded) return encoded;
    last_index_ = metadata.index;
    next_index_ = std::max(next_index_, last_index_ + 1);
    queue_->put(record);
    return {};
}

result<bool> directory_recorder::try_event(const wire::event& event)
{
    if (auto free = queue_->admit(wire::max_record_bytes); !free)
        return free.error() == errc::queue_full ? result<bool>(false) : refused(free.error());
    if (auto taken = put(event); !taken) return refused(taken.error());
    return true;
}

asio::awaitable<result<void>> directory_recorder::room() { return queue_->wait_for_room(); }

asio::awaitable<result<void>> directory_recorder::sync() { return queue_->wait_for_sync(); }

asio::awaitable<result<recording_summary>> directory_recorder::finish(const wire::session_end& end)
{
    finishing_ = true;
    if (auto taken = put(end); !taken) {
        finishing_ = false; // what there is stays for the repair
        co_return taken.error();
    }
    auto finishing = queue_->wait_for_finish();
    auto finished = co_await std::move(finishing);
    co_return finished;
}

} // namespace verbatim::record
