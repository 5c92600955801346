#include "sink_worker.hpp"

#include <algorithm>
#include <utility>

namespace verbatim::audit {
namespace {

// One write() to the sink: enough for a group commit to pay, small enough to hold in memory twice.
constexpr std::size_t batch_limit_events = 4096;
constexpr std::size_t batch_limit_bytes = 1024 * 1024;

// Ticks as an atomic holds them; 0 is kept for "not".
std::int64_t to_ticks(monotonic_time time)
{
    return std::max<std::int64_t>(1, time.time_since_epoch().count());
}

std::optional<monotonic_time> from_ticks(std::int64_t ticks)
{
    if (ticks == 0) return std::nullopt;
    return monotonic_time(monotonic_time::duration(ticks));
}

} // namespace

sink_worker::sink_worker(sink_entry entry, const audit_log_settings& settings, const clock& clock,
    logger& log, std::function<void()> on_progress)
    : entry_(std::move(entry)), settings_(settings), clock_(clock), log_(log),
      on_progress_(std::move(on_progress)), thread_(&sink_worker::run, this)
{}

sink_worker::~sink_worker()
{
    close(std::chrono::steady_clock::now());
    join();
}

void sink_worker::join()
{
    if (thread_.joinable()) thread_.join();
}

void sink_worker::close(std::chrono::steady_clock::time_point deadline)
{
    const std::lock_guard lock(mutex_);
    if (closing_) return;
    closing_ = true;
    give_up_at_ = deadline;
    wake_.notify_all();
}

bool sink_worker::is_full() const
{
    return queue_.size() >= settings_.queue_limit_events ||
           queued_bytes_ >= settings_.queue_limit_bytes;
}

void sink_worker::push(serialised_event event, bool awaited)
{
    const std::lock_guard lock(mutex_);
    if (!is_required() && is_full()) {
        if (!dropped_) dropped_ = dropped_range{event.seq, event.seq};
        dropped_->last = event.seq;
        has_dropped_ = true;
        return;
    }
    queued_bytes_ += event.line.size();
    queue_.push_back(std::move(event));
    awaited_ |= awaited;
    if (queue_.size() == 1 || must_write()) wake_.notify_one();
}

bool sink_worker::must_write() const
{
    return closing_ || awaited_ || is_full() || queue_.size() >= batch_limit_events;
}

std::optional<dropped_range> sink_worker::take_dropped(bool at_once)
{
    const std::lock_guard lock(mutex_);
    if (is_full() && !at_once) return std::nullopt;
    has_dropped_ = false;
    return std::exchange(dropped_, std::nullopt);
}

std::optional<monotonic_time> sink_worker::failing_since() const noexcept
{
    return from_ticks(failing_since_);
}

std::optional<monotonic_time> sink_worker::busy_since() const noexcept
{
    return from_ticks(busy_since_);
}

void sink_worker::run()
{
    batch next;
    while (take_batch(next))
        if (!write_until_durable(next)) return;
}

// What arrived during the previous write makes the next batch. What a commit waits for waits for no
// company; thousands of files of a copy, each an event, would otherwise cost a sync each.
bool sink_worker::take_batch(batch& next)
{
    bool tell = false;
    {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return closing_ || !queue_.empty(); });
        if (queue_.empty()) return false;
        if (settings_.linger.count() > 0)
            wake_.wait_for(lock, settings_.linger, [this] { return must_write(); });
        next.clear();
        std::size_t bytes = 0;
        while (!queue_.empty() && next.size() < batch_limit_events && bytes < batch_limit_bytes) {
            bytes += queue_.front().line.size();
            next.push_back(std::move(queue_.front()));
            queue_.pop_front();
        }
        if (queue_.empty()) awaited_ = false;
        tell = dropped_.has_value();
    }
    if (tell) on_progress_();
    return true;
}

// False: closing, and the deadline for it has passed.
bool sink_worker::write_until_durable(const batch& next)
{
    auto wait = settings_.first_retry;
    for (;;) {
        busy_since_ = to_ticks(clock_.monotonic_now());
        const auto written = entry_.sink->write(next);
        busy_since_ = 0;
        if (written) break;
        report_failure(written.error(), next.size());
        if (!pause_before_retry(wait)) {
            const std::lock_guard lock(mutex_);
            log_.error("audit sink gave up; events are not in it",
                {{"sink", name()}, {"events", std::uint64_t{next.size() + queue_.size()}},
                    {"first_seq", next.front().seq}});
            return false;
        }
        wait = std::min(wait * 2, settings_.longest_retry);
    }
    finished(next);
    return true;
}

void sink_worker::report_failure(const error_code& error, std::size_t events)
{
    if (failing_since_ != 0) return; // one line for each outage
    failing_since_ = to_ticks(clock_.monotonic_now());
    log_.error("audit sink fails; trying again until it works",
        {{"sink", name()}, {"error", error.message()}, {"events", std::uint64_t{events}}});
}

void sink_worker::finished(const batch& done)
{
    if (failing_since_.exchange(0) != 0) log_.warning("audit sink works again", {{"sink", name()}});
    std::size_t bytes = 0;
    for (const auto& event : done) bytes += event.line.size();
    queued_bytes_ -= bytes;
    durable_ = done.back().seq;
    on_progress_();
}

bool sink_worker::pause_before_retry(std::chrono::milliseconds wait)
{
    std::unique_lock lock(mutex_);
    const auto until = clock_.monotonic_now() + wait;
    while (clock_.monotonic_now() < until) {
        // While closing real time counts, whatever the clock says.
        if (closing_) {
            if (std::chrono::steady_clock::now() >= give_up_at_) return false;
            wake_.wait_for(lock, std::min(wait, longest_blind_wait));
            return true;
        }
        wake_.wait_for(lock, std::min(wait, longest_blind_wait));
    }
    return !closing_ || std::chrono::steady_clock::now() < give_up_at_;
}

} // namespace verbatim::audit
