#include "record/recording_queue.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <cstring>

namespace verbatim::record {

namespace asio = boost::asio;

namespace {

std::size_t header_room(const wire::print_fields& fields)
{
    return wire::max_print_overhead + fields.cluster_name.size() + fields.party.size();
}

} // namespace

/// One suspended coroutine. The timer is only a thing to sleep on that cancellation understands;
/// it is shared with the wake-up under way, which may arrive when the coroutine is gone.
struct recording_queue::waiter {
    std::shared_ptr<asio::steady_timer> sleep;
    monotonic_time give_up;
};

recording_queue::recording_queue(
    const store_parts& parts, session_id session, std::uint64_t thorough_bytes)
    : parts_(parts), session_(session), thorough_bytes_(thorough_bytes)
{}

result<void> recording_queue::admit(std::size_t bytes)
{
    std::lock_guard lock(mutex_);
    if (failed_) return failed_;
    if (queued_bytes_ > 0 && queued_bytes_ + bytes > parts_.settings.queue_limit_bytes)
        return errc::queue_full;
    return {};
}

// With the lock held, as all that follows up to the feeding side's waits.
void recording_queue::make_room(std::size_t room)
{
    if (filling_.capacity() - filling_.size() >= room) return;
    auto larger = parts_.buffers.take(filling_.size() + room);
    append(larger, filling_);
    parts_.buffers.give_back(std::exchange(filling_, std::move(larger)));
}

void recording_queue::put(byte_view records)
{
    std::lock_guard lock(mutex_);
    close_print();
    make_room(records.size());
    auto before = filling_.size();
    append(filling_, records);
    account(before);
}

void recording_queue::put_print(const wire::print_fields& fields, byte_view data, bool open)
{
    std::lock_guard lock(mutex_);
    close_print();
    make_room(header_room(fields) + data.size());
    auto before = filling_.size();
    if (open) {
        open_ = {fields, before};
        append(filling_, data);
    } else {
        wire::append_print(filling_, fields, data);
    }
    account(before);
}

bool recording_queue::join(wire::stream_tag stream, byte_view data, std::int64_t at_us)
{
    std::lock_guard lock(mutex_);
    if (!open_ || open_->fields.stream != stream ||
        at_us - open_->fields.at_us > joining_time.count() ||
        filling_.size() - open_->begin + data.size() > wire::max_print_bytes)
        return false;
    make_room(header_room(open_->fields) + data.size());
    auto before = filling_.size();
    append(filling_, data);
    account(before);
    return true;
}

/// Puts the header before the bytes; make_room() left the room for it behind them.
void recording_queue::close_print()
{
    if (!open_) return;
    auto closing = *std::exchange(open_, std::nullopt);
    auto end = filling_.size();
    auto header = wire::append_print_header(filling_, closing.fields, end - closing.begin);
    auto* bytes = filling_.data() + closing.begin;
    std::array<std::byte, wire::max_print_overhead> short_header;
    byte_buffer long_header; // never, but for a cluster with a very long name
    auto* kept = short_header.data();
    if (header > short_header.size()) {
        long_header.resize(header);
        kept = long_header.data();
    }
    std::memcpy(kept, filling_.data() + end, header);
    std::memmove(bytes + header, bytes, end - closing.begin);
    std::memcpy(bytes, kept, header);
    queued_bytes_ += header;
    put_bytes_ += header;
}

void recording_queue::account(std::size_t before)
{
    queued_bytes_ += filling_.size() - before;
    put_bytes_ += filling_.size() - before;
    if (filling_.size() >= batch_bytes) {
        hand_over();
        schedule();
    } else if (before == 0) {
        // A tenth of the interval is left for the write and the sync themselves.
        const auto interval = parts_.settings.sync_interval;
        flush_due_ =
            std::max(parts_.time.monotonic_now() + interval * 9 / 10, last_sync_ + interval);
        schedule_at(*flush_due_);
    }
}

void recording_queue::hand_over()
{
    if (filling_.empty()) return;
    close_print();
    pending_.push_back(std::exchange(filling_, {}));
    flush_due_.reset();
}

void recording_queue::schedule()
{
    if (std::exchange(scheduled_, true)) return;
    parts_.pool.schedule(shared_from_this());
}

void recording_queue::schedule_at(monotonic_time when)
{
    if (armed_for_ && *armed_for_ <= when) return; // that one will arm again
    armed_for_ = when;
    parts_.pool.schedule_at(when, weak_from_this());
}

void recording_queue::arm()
{
    if (failed_) return;
    if (flush_due_) schedule_at(*flush_due_);
    if (sync_due_) schedule_at(*sync_due_);
    for (auto* each : waiters_) schedule_at(each->give_up);
}

bool recording_queue::has_work(monotonic_time now) const
{
    if (failed_ || finished_) return false;
    return !pending_.empty() || (flush_due_ && *flush_due_ <= now) ||
           (sync_due_ && *sync_due_ <= now) || synced_bytes_ < sync_wanted_ || finish_wanted_;
}

bool recording_queue::satisfied(wait_for what) const
{
    switch (what) {
    case wait_for::room: return queued_bytes_ <= parts_.settings.queue_limit_bytes / 2;
    case wait_for::sync: return synced_bytes_ >= sync_wanted_;
    case wait_for::finish: return finished_;
    }
    return true;
}

void recording_queue::wake_all()
{
    // Posted under the lock: a waiter takes itself off the list under the lock too, so its loop
    // is still there.
    for (auto* each : waiters_)
        asio::post(each->sleep->get_executor(), [sleep = each->sleep] { sleep->cancel(); });
}

void recording_queue::fail(error_code why, std::string_view doing)
{
    if (failed_) return;
    failed_ = why;
    for (auto& batch : pending_) parts_.buffers.give_back(std::move(batch));
    pending_.clear();
    open_.reset();
    flush_due_.reset();
    sync_due_.reset();
    parts_.log.error("recording failed",
        {{"session", session_.to_string()}, {"doing", doing}, {"error", why.message()}});
    wake_all();
}

asio::awaitable<result<void>> recording_queue::wait(wait_for what)
{
    auto executor = co_await asio::this_coro::executor;
    waiter self{
        std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max()),
        parts_.time.monotonic_now() + parts_.settings.stall_deadline};
    struct registration {
        recording_queue& queue;
        waiter& who;
        registration(recording_queue& q, waiter& w) : queue(q), who(w)
        {
            std::lock_guard lock(queue.mutex_);
            queue.waiters_.push_back(&who);
            queue.schedule_at(who.give_up);
        }
        registration(const registration&) = delete;
        registration& operator=(const registration&) = delete;
        ~registration()
        {
            std::lock_guard lock(queue.mutex_);
            std::erase(queue.waiters_, &who);
        }
    } registered(*this, self);

    for (;;) {
        {
            std::lock_guard lock(mutex_);
            if (failed_) co_return failed_;
            if (satisfied(what)) co_return result<void>{};
        }
        error_code ended;
        auto sleeping = self.sleep->async_wait(asio::redirect_error(asio::use_awaitable, ended));
        co_await std::move(sleeping);
        if ((co_await asio::this_coro::cancellation_state).cancelled() !=
            asio::cancellation_type::none)
            co_return errc::cancelled;
    }
}

asio::awaitable<result<void>> recording_queue::wait_for_room() { return wait(wait_for::room); }

asio::awaitable<result<void>> recording_queue::wait_for_sync()
{
    {
        std::lock_guard lock(mutex_);
        hand_over(); // first: it may lengthen what was put by a header
        sync_wanted_ = put_bytes_;
        if (has_work(parts_.time.monotonic_now())) schedule();
    }
    return wait(wait_for::sync);
}

asio::awaitable<result<recording_summary>> recording_queue::wait_for_finish()
{
    {
        std::lock_guard lock(mutex_);
        finish_wanted_ = true;
        hand_over();
        schedule();
    }
    auto waiting = wait(wait_for::finish);
    auto waited = co_await std::move(waiting);
    if (!waited) co_return waited.error();
    co_return summary_;
}

void recording_queue::abandon()
{
    std::lock_guard lock(mutex_);
    if (failed_ || finished_) return;
    hand_over();
    sync_wanted_ = put_bytes_;
    if (has_work(parts_.time.monotonic_now())) schedule();
}

void recording_queue::on_deadline()
{
    std::lock_guard lock(mutex_);
    auto now = parts_.time.monotonic_now();
    armed_for_.reset();
    auto stalled = [now](const waiter* each) { return each->give_up <= now; };
    if (std::ranges::any_of(waiters_, stalled))
        fail(errc::recording_failed, "waiting for the disk");
    if (has_work(now)) schedule(); // and run() arms again
    else if (!scheduled_) arm();
}

void recording_queue::run(batch_compressor& compressor)
{
    while (work_once(compressor)) {
    }
}

} // namespace verbatim::record
