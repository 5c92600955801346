#pragma once
// The audit seams under a test's control: they collect, stall, fail and come back.

#include <verbatim/audit/audit_log.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace verbatim::test {

/// For session tests. Thread: the test's one loop, and the test between its runs.
class fake_audit_log final : public audit::audit_log {
public:
    /// The events taken so far, in order, as they were given (nothing is filled in).
    std::vector<wire::event> events;

    /// From the n-th call on (1 is the next one), commit and post fail with `error`.
    void fail_from(std::size_t call, errc error = errc::audit_failed)
    {
        fail_from_ = calls_ + call;
        error_ = error;
    }
    void come_back() { fail_from_ = never; }

    /// Commits wait until release(); their events are taken then.
    void stall() { stalled_ = true; }
    void release()
    {
        stalled_ = false;
        for (auto& waiter : std::exchange(waiters_, {})) waiter->cancel();
    }
    std::size_t waiting() const { return waiters_.size(); }

    void set_healthy(bool healthy) { healthy_ = healthy; }
    bool healthy() const noexcept override { return healthy_; }

    boost::asio::awaitable<result<void>> commit(wire::event event) override
    {
        ++calls_;
        const bool fails = calls_ >= fail_from_;
        while (stalled_) {
            // Shared by the list that release() empties and by this frame.
            auto released = std::make_shared<boost::asio::steady_timer>(
                co_await boost::asio::this_coro::executor,
                boost::asio::steady_timer::time_point::max());
            waiters_.push_back(released);
            error_code ignored;
            auto wait = released->async_wait(
                boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
            co_await std::move(wait);
        }
        if (fails) co_return error_;
        events.push_back(std::move(event));
        co_return result<void>();
    }

    result<void> post(wire::event event) override
    {
        if (++calls_ >= fail_from_) return error_;
        events.push_back(std::move(event));
        return {};
    }

    /// The events of one type, in order.
    template <class Event>
    std::vector<Event> all() const
    {
        std::vector<Event> found;
        for (const auto& event : events)
            if (const auto* one = std::get_if<Event>(&event)) found.push_back(*one);
        return found;
    }
    /// "session.start" and so on, in order.
    std::vector<std::string> types() const
    {
        std::vector<std::string> found;
        for (const auto& event : events) found.emplace_back(wire::type_of(event));
        return found;
    }
    bool every_start_has_an_end() const
    {
        const auto ends = all<wire::session_end>();
        return std::ranges::all_of(all<wire::session_start>(), [&](const auto& start) {
            return std::ranges::count(ends, start.header.session,
                       [](const auto& end) { return end.header.session; }) == 1;
        });
    }

private:
    static constexpr std::size_t never = static_cast<std::size_t>(-1);
    std::size_t calls_ = 0;
    std::size_t fail_from_ = never;
    errc error_ = errc::audit_failed;
    bool stalled_ = false;
    bool healthy_ = true;
    std::vector<std::shared_ptr<boost::asio::steady_timer>> waiters_;
};

/// What a fake_sink saw and does; held by the test and by the sink that the log owns.
class sink_control {
public:
    void fail(error_code with = errc::io_error)
    {
        change([&] { failure_ = with; });
    }
    void come_back()
    {
        change([&] { failure_ = {}; });
    }
    void stall()
    {
        change([&] { stalled_ = true; });
    }
    void release()
    {
        change([&] { stalled_ = false; });
    }

    /// Blocks until `done` holds for what was seen; `done` runs under the lock.
    template <class Condition>
    void wait_until(Condition done)
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return done(*this); });
    }

    // Under the lock of wait_until(), or when the log is gone.
    std::vector<audit::serialised_event> taken;
    std::vector<std::size_t> batches; ///< sizes of those taken
    std::size_t tries = 0;            ///< calls of write() begun
    std::size_t failures = 0;         ///< of those, failed

    result<void> write(std::span<const audit::serialised_event> batch)
    {
        std::unique_lock lock(mutex_);
        ++tries;
        changed_.notify_all();
        changed_.wait(lock, [this] { return !stalled_; });
        if (failure_) {
            ++failures;
            changed_.notify_all();
            return failure_;
        }
        taken.insert(taken.end(), batch.begin(), batch.end());
        batches.push_back(batch.size());
        changed_.notify_all();
        return {};
    }

private:
    template <class Change>
    void change(Change change)
    {
        const std::lock_guard lock(mutex_);
        change();
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    error_code failure_;
    bool stalled_ = false;
};

class fake_sink final : public audit::audit_sink {
public:
    /// `control` outlives the log that owns this sink.
    explicit fake_sink(sink_control& control, std::string name = "fake://")
        : control_(control), name_(std::move(name))
    {}
    std::string name() const override { return name_; }
    result<void> write(std::span<const audit::serialised_event> batch) override
    {
        return control_.write(batch);
    }

private:
    sink_control& control_;
    std::string name_;
};

} // namespace verbatim::test
