#pragma once
// One sink with its own queue and its own thread, so that a slow sink holds up no other.

#include <verbatim/audit/audit_log.hpp>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace verbatim::audit {

/// Events that a best-effort sink did not take, by `seq`, inclusive.
struct dropped_range {
    std::uint64_t first = 0, last = 0;
};

/// Waits are cut into slices of this, so that a clock set by hand is noticed.
constexpr std::chrono::milliseconds longest_blind_wait{20};

/// Thread: any, but for the destructor.
class sink_worker {
public:
    /// `on_progress` runs on the worker's thread after each durable batch, and when a queue that
    /// had dropped events has room again.
    sink_worker(sink_entry entry, const audit_log_settings& settings, const clock& clock,
        logger& log, std::function<void()> on_progress);
    ~sink_worker();

    std::string name() const { return entry_.sink->name(); }
    bool is_required() const noexcept { return entry_.role == sink_role::required; }

    /// A required sink always takes it (the log's own limit bounds the queue); a best-effort one
    /// with a full queue drops it and remembers. `awaited`: it and all before it are written at
    /// once; others may be kept for audit_log_settings::linger.
    void push(serialised_event event, bool awaited);

    bool has_dropped() const noexcept { return has_dropped_; }
    /// What was dropped since the last call, once there is room to go on, or at once.
    std::optional<dropped_range> take_dropped(bool at_once);

    /// The highest `seq` that is durable, with all before it.
    std::uint64_t durable() const noexcept { return durable_; }
    /// Bytes pushed and not yet durable.
    std::size_t queued_bytes() const noexcept { return queued_bytes_; }
    /// Since when the sink has not done its work: the first failed try, or the start of a write
    /// that has not come back. Empty: it does.
    std::optional<monotonic_time> failing_since() const noexcept;
    std::optional<monotonic_time> busy_since() const noexcept;

    /// No more will be pushed: write what is queued, giving up at `deadline` (real time).
    void close(std::chrono::steady_clock::time_point deadline);
    void join();

private:
    using batch = std::vector<serialised_event>;

    void run();
    bool take_batch(batch& next);
    bool write_until_durable(const batch& next);
    bool pause_before_retry(std::chrono::milliseconds wait);
    void report_failure(const error_code& error, std::size_t events);
    void finished(const batch& done);
    bool is_full() const;
    bool must_write() const;

    sink_entry entry_;
    audit_log_settings settings_;
    const clock& clock_;                // outlives the log
    logger& log_;                       // outlives the log
    std::function<void()> on_progress_; // into the log that owns this

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<serialised_event> queue_;               // guarded by mutex_
    std::optional<dropped_range> dropped_;             // guarded by mutex_
    bool awaited_ = false;                             // guarded by mutex_: by somebody, in queue_
    bool closing_ = false;                             // guarded by mutex_
    std::chrono::steady_clock::time_point give_up_at_; // guarded by mutex_

    std::atomic<std::uint64_t> durable_{0};
    std::atomic<std::size_t> queued_bytes_{0};
    std::atomic<bool> has_dropped_{false};
    std::atomic<std::int64_t> failing_since_{0}, busy_since_{0}; // steady_clock ticks; 0: not
    std::thread thread_;
};

} // namespace verbatim::audit
