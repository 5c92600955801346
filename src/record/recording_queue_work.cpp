// The worker's side of a recording_queue: all that touches the file.
#include "record/recording_queue.hpp"

namespace verbatim::record {

std::vector<byte_buffer> recording_queue::take_pending()
{
    auto now = parts_.time.monotonic_now();
    if (flush_due_ && *flush_due_ <= now) hand_over();
    return std::exchange(pending_, {});
}

result<void> recording_queue::open_file()
{
    auto free = parts_.files.free_bytes(parts_.settings.in_progress_dir);
    if (!free) return free.error();
    if (*free < parts_.settings.free_space_floor) return errc::disk_full;
    auto path = parts_.settings.in_progress_dir / (session_.to_string() + ".part");
    auto created = parts_.files.create(path);
    if (!created) return created.error();
    file_ = std::make_unique<recording_file>(std::move(*created), 0,
        recording_file_settings{
            parts_.settings.sync_interval, parts_.settings.writeback_bytes, thorough_bytes_});
    return parts_.files.sync_directory(parts_.settings.in_progress_dir);
}

result<void> recording_queue::write_batch(
    byte_buffer batch, batch_compressor& compressor, bool hurried)
{
    auto size = batch.size();
    auto appended = file_->append(batch, compressor, hurried);
    parts_.buffers.give_back(std::move(batch));
    if (!appended) return appended;
    // Between two batches of a long queue too, so that the interval is kept at bulk rates.
    auto synced = file_->sync_if_due(parts_.time.monotonic_now());
    std::lock_guard lock(mutex_);
    queued_bytes_ -= size;
    written_bytes_ += size;
    if (satisfied(wait_for::room)) wake_all();
    return synced;
}

result<void> recording_queue::sync_file(bool at_once)
{
    auto now = parts_.time.monotonic_now();
    return at_once ? file_->sync(now) : file_->sync_if_due(now);
}

result<void> recording_queue::finish_file()
{
    if (auto closed = file_->close_part(); !closed) return closed;
    if (auto synced = file_->sync(parts_.time.monotonic_now()); !synced) return synced;
    auto name = session_.to_string();
    auto finished = parts_.settings.records_dir / (name + ".tar");
    auto renamed =
        parts_.files.rename(parts_.settings.in_progress_dir / (name + ".part"), finished);
    if (!renamed) return renamed;
    std::lock_guard lock(mutex_);
    summary_ = {finished.string(), file_->raw_bytes(), file_->size()};
    return {};
}

/// A file whose session.start never became durable tells of a session that never began.
void recording_queue::forget_unborn_file()
{
    std::lock_guard lock(mutex_);
    if (!file_ || synced_bytes_ > 0) return;
    std::ignore = parts_.files.remove( // if it stays, the next start reports it
        parts_.settings.in_progress_dir / (session_.to_string() + ".part"));
}

/// False: there is nothing more to do now.
bool recording_queue::work_once(batch_compressor& compressor)
{
    bool sync_now = false, finish_now = false;
    std::vector<byte_buffer> batches;
    {
        std::lock_guard lock(mutex_);
        if (!has_work(parts_.time.monotonic_now())) {
            scheduled_ = false;
            arm();
            return false;
        }
        batches = take_pending();
        sync_now = synced_bytes_ < sync_wanted_;
        finish_now = finish_wanted_;
    }
    std::string_view doing = "opening the file";
    auto done = file_ ? result<void>{} : open_file();
    for (std::size_t i = 0; done && i < batches.size(); ++i) {
        doing = "writing";
        done = write_batch(std::move(batches[i]), compressor, i + 1 < batches.size());
    }
    if (done) {
        doing = "syncing";
        done = sync_file(sync_now);
    }
    if (done && finish_now) {
        doing = "finishing the file";
        done = finish_file();
    }
    if (!done) forget_unborn_file();
    if (!done || finish_now) file_.reset();

    std::lock_guard lock(mutex_);
    if (!done) {
        fail(done.error(), doing);
    } else {
        sync_due_ = file_ ? file_->sync_due() : std::nullopt;
        if (file_) last_sync_ = file_->last_sync();
        if (!sync_due_) synced_bytes_ = written_bytes_;
        finished_ = finish_now;
    }
    wake_all();
    return true;
}

} // namespace verbatim::record
