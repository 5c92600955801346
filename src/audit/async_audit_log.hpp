#pragma once
// The audit log's heart: takes typed events, numbers and serialises them on one thread, and tells
// the waiting coroutines when every required sink has them.

#include "commit_waiter.hpp"
#include "sink_worker.hpp"

#include <verbatim/audit/audit_log.hpp>

#include <boost/asio/use_awaitable.hpp>

namespace verbatim::audit {

class async_audit_log final : public audit_log {
public:
    async_audit_log(audit_log_settings settings, std::vector<sink_entry> sinks, const clock& clock,
        logger& log);
    ~async_audit_log() override;

    boost::asio::awaitable<result<void>> commit(wire::event event) override;
    result<void> post(wire::event event) override;
    bool healthy() const noexcept override;

private:
    // An accepted or waiting event; `waiter` only for commits.
    struct entry {
        wire::event event;
        std::unique_ptr<commit_waiter> waiter;
        monotonic_time deadline{};
        bool awaited = false; ///< by a commit
    };
    struct undurable {
        std::uint64_t seq;
        monotonic_time deadline;
        std::unique_ptr<commit_waiter> waiter;
    };
    // Taken out under the lock, completed after it.
    using completions = std::vector<std::pair<std::unique_ptr<commit_waiter>, result<void>>>;

    void submit(wire::event event, std::unique_ptr<commit_waiter> waiter);
    void stamp(wire::event& event) const;

    void run();
    void linger(std::unique_lock<std::mutex>& lock);
    bool must_hurry() const;
    void wait_for_work(std::unique_lock<std::mutex>& lock);
    void admit_waiting();
    void number(std::vector<entry>& taken, std::uint64_t& first);
    void dispatch(std::vector<entry>& taken, std::uint64_t first);
    void report_dropped(bool now);
    void settle(completions& done);
    void expire(completions& done);
    static void complete(completions& done);

    bool has_room() const;
    bool long_failing() const noexcept;
    std::uint64_t durable() const noexcept;
    void on_progress();

    const audit_log_settings settings_;
    const clock& clock_; // outlives this
    logger& log_;        // outlives this
    std::vector<std::unique_ptr<sink_worker>> workers_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    // All guarded by mutex_. Each queue is in the order of arrival, and so of deadlines.
    std::vector<entry> input_;      // accepted
    std::deque<entry> at_the_door_; // commits that wait for room
    std::deque<undurable> waiting_; // numbered, not yet durable everywhere
    std::uint64_t numbered_ = 0;    // the last `seq` given
    bool progress_ = false;
    bool urgent_ = false;  // a commit has come
    bool lingers_ = false; // the serialiser looks by itself soon
    bool closing_ = false;

    std::thread serialiser_;
};

} // namespace verbatim::audit
