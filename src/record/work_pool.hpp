#pragma once
// The threads that compress and write, and the one that watches deadlines.

#include "record/batch_compressor.hpp"

#include <verbatim/base/clock.hpp>

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace verbatim::record {

/// Something that has work at times. The pool never runs one twice at once: the worker itself
/// sees to that by scheduling itself only when it is not scheduled yet.
class worker {
public:
    virtual ~worker() = default;
    virtual void run(batch_compressor& compressor) = 0;
    /// Must not block: it runs on the one thread that watches all deadlines.
    virtual void on_deadline() = 0;
};

/// Thread: any. Workers are shared by the pool (while scheduled) and by whoever feeds them.
class work_pool {
public:
    /// 0 threads: nothing runs but in pump().
    work_pool(unsigned threads, const clock& time);
    /// Runs what is scheduled, then stops. Deadlines not yet reached are forgotten.
    ~work_pool();
    work_pool(const work_pool&) = delete;
    work_pool& operator=(const work_pool&) = delete;

    void schedule(std::shared_ptr<worker> who);
    /// on_deadline() is called at `when` or soon after, unless the worker is gone.
    void schedule_at(monotonic_time when, std::weak_ptr<worker> who);
    /// For tests: calls the deadlines that have come and runs what is scheduled, here, until there
    /// is nothing left. False: there was nothing.
    bool pump();

private:
    void work();
    void watch();
    std::vector<std::weak_ptr<worker>> take_due(monotonic_time now);
    bool call_due();

    const clock& clock_;
    std::mutex mutex_;
    std::condition_variable ready_changed_, deadlines_changed_;
    std::deque<std::shared_ptr<worker>>
        ready_; ///< each worker at most once, so bounded by sessions
    std::multimap<monotonic_time, std::weak_ptr<worker>> deadlines_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

} // namespace verbatim::record
