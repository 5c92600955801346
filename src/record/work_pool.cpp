#include "record/work_pool.hpp"

namespace verbatim::record {

work_pool::work_pool(unsigned threads, const clock& time) : clock_(time)
{
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
    if (threads > 0) threads_.emplace_back([this] { watch(); });
}

work_pool::~work_pool()
{
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    ready_changed_.notify_all();
    deadlines_changed_.notify_all();
    for (auto& thread : threads_) thread.join();
}

void work_pool::schedule(std::shared_ptr<worker> who)
{
    {
        std::lock_guard lock(mutex_);
        ready_.push_back(std::move(who));
    }
    ready_changed_.notify_one();
}

void work_pool::schedule_at(monotonic_time when, std::weak_ptr<worker> who)
{
    bool is_first = false;
    {
        std::lock_guard lock(mutex_);
        is_first = deadlines_.empty() || when < deadlines_.begin()->first;
        deadlines_.emplace(when, std::move(who));
    }
    if (is_first) deadlines_changed_.notify_one();
}

void work_pool::work()
{
    batch_compressor compressor;
    std::unique_lock lock(mutex_);
    for (;;) {
        ready_changed_.wait(lock, [this] { return stopping_ || !ready_.empty(); });
        if (ready_.empty()) return;
        auto next = std::move(ready_.front());
        ready_.pop_front();
        lock.unlock();
        next->run(compressor);
        next.reset(); // the last owner may be us: not under the lock
        lock.lock();
    }
}

std::vector<std::weak_ptr<worker>> work_pool::take_due(monotonic_time now)
{
    std::vector<std::weak_ptr<worker>> due;
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        due.push_back(std::move(deadlines_.begin()->second));
        deadlines_.erase(deadlines_.begin());
    }
    return due;
}

bool work_pool::call_due()
{
    std::vector<std::weak_ptr<worker>> due;
    {
        std::lock_guard lock(mutex_);
        due = take_due(clock_.monotonic_now());
    }
    for (auto& who : due)
        if (auto alive = who.lock()) alive->on_deadline();
    return !due.empty();
}

void work_pool::watch()
{
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (deadlines_.empty()) {
            deadlines_changed_.wait(lock);
            continue;
        }
        deadlines_changed_.wait_until(lock, deadlines_.begin()->first);
        lock.unlock();
        call_due();
        lock.lock();
    }
}

bool work_pool::pump()
{
    batch_compressor compressor;
    bool did = false;
    for (;;) {
        did |= call_due();
        std::unique_lock lock(mutex_);
        if (ready_.empty()) return did;
        auto next = std::move(ready_.front());
        ready_.pop_front();
        lock.unlock();
        next->run(compressor);
        did = true;
    }
}

} // namespace verbatim::record
