#include "async_audit_log.hpp"

#include <verbatim/wire/event_json.hpp>

#include <algorithm>
#include <limits>

namespace verbatim::audit {

namespace asio = boost::asio;

namespace {

// Events worth serialising at once, though nobody waits for them.
constexpr std::size_t enough_company = 1024;

} // namespace

async_audit_log::async_audit_log(
    audit_log_settings settings, std::vector<sink_entry> sinks, const clock& clock, logger& log)
    : settings_(std::move(settings)), clock_(clock), log_(log)
{
    for (auto& sink : sinks)
        workers_.push_back(std::make_unique<sink_worker>(
            std::move(sink), settings_, clock_, log_, [this] { on_progress(); }));
    serialiser_ = std::thread(&async_audit_log::run, this);
}

async_audit_log::~async_audit_log()
{
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
        wake_.notify_all();
    }
    serialiser_.join(); // hands all that was accepted to the sinks first
    const auto deadline = std::chrono::steady_clock::now() + settings_.drain_deadline;
    for (auto& worker : workers_) worker->close(deadline);
    for (auto& worker : workers_) worker->join();

    completions done;
    settle(done);
    for (auto& late : waiting_) done.emplace_back(std::move(late.waiter), errc::audit_failed);
    for (auto& late : at_the_door_) done.emplace_back(std::move(late.waiter), errc::queue_full);
    complete(done);
}

// --- callers' threads ---

asio::awaitable<result<void>> async_audit_log::commit(wire::event event)
{
    // The lambda is an initiation, not a coroutine: it is called before this frame suspends.
    auto initiate = [this](auto handler, wire::event value) {
        submit(std::move(value), make_commit_waiter(std::move(handler)));
    };
    auto durable_everywhere =
        asio::async_initiate<const asio::use_awaitable_t<>, void(result<void>)>(
            std::move(initiate), asio::use_awaitable, std::move(event));
    co_return co_await std::move(durable_everywhere);
}

void async_audit_log::submit(wire::event event, std::unique_ptr<commit_waiter> waiter)
{
    stamp(event);
    entry taken{
        std::move(event), std::move(waiter), clock_.monotonic_now() + settings_.stall_deadline};
    {
        const std::lock_guard lock(mutex_);
        if (!closing_ && !long_failing()) {
            if (at_the_door_.empty() && has_room()) input_.push_back(std::move(taken));
            else at_the_door_.push_back(std::move(taken));
            urgent_ = true;
            wake_.notify_one();
            return;
        }
    }
    taken.waiter->complete(errc::audit_failed);
}

result<void> async_audit_log::post(wire::event event)
{
    stamp(event);
    const std::lock_guard lock(mutex_);
    if (closing_) return errc::audit_failed;
    if (!at_the_door_.empty() || !has_room()) return errc::queue_full;
    input_.push_back(entry{std::move(event), nullptr, {}});
    if (!lingers_ || must_hurry()) wake_.notify_one();
    return {};
}

// The time is the caller's moment; the rest can wait for the other thread.
void async_audit_log::stamp(wire::event& event) const
{
    auto& time = wire::header_of(event).metadata.time;
    if (time == wall_time{}) time = to_milliseconds(clock_.wall_now());
}

bool async_audit_log::healthy() const noexcept
{
    const auto now = clock_.monotonic_now();
    return std::ranges::none_of(workers_, [&](const auto& worker) {
        if (!worker->is_required()) return false;
        const auto busy = worker->busy_since();
        return worker->failing_since() || (busy && now - *busy >= settings_.stall_deadline);
    });
}

// Then a commit need not wait to know its fate.
bool async_audit_log::long_failing() const noexcept
{
    const auto now = clock_.monotonic_now();
    return std::ranges::any_of(workers_, [&](const auto& worker) {
        const auto since = worker->failing_since();
        return worker->is_required() && since && now - *since >= settings_.stall_deadline;
    });
}

bool async_audit_log::has_room() const
{
    const bool bytes_left = std::ranges::none_of(workers_, [&](const auto& worker) {
        return worker->is_required() && worker->queued_bytes() >= settings_.queue_limit_bytes;
    });
    return bytes_left && numbered_ - durable() + input_.size() < settings_.queue_limit_events;
}

// What every required sink has; without required sinks, all that was numbered.
std::uint64_t async_audit_log::durable() const noexcept
{
    std::uint64_t least = numbered_;
    for (const auto& worker : workers_)
        if (worker->is_required()) least = std::min(least, worker->durable());
    return least;
}

// --- sinks' threads ---

void async_audit_log::on_progress()
{
    completions done;
    {
        const std::lock_guard lock(mutex_);
        settle(done);
        // The serialiser has work only when somebody waits for room, or a gap is to be told of.
        const bool gap =
            std::ranges::any_of(workers_, [](const auto& worker) { return worker->has_dropped(); });
        if (gap || !at_the_door_.empty()) {
            progress_ = true;
            wake_.notify_one();
        }
    }
    complete(done);
}

void async_audit_log::settle(completions& done)
{
    const auto upto = durable();
    while (!waiting_.empty() && waiting_.front().seq <= upto) {
        done.emplace_back(std::move(waiting_.front().waiter), result<void>());
        waiting_.pop_front();
    }
}

void async_audit_log::complete(completions& done)
{
    for (auto& [waiter, outcome] : done) waiter->complete(outcome);
    done.clear();
}

// --- the serialiser's thread ---

void async_audit_log::run()
{
    std::unique_lock lock(mutex_);
    for (bool told_all = false;;) {
        linger(lock);
        wait_for_work(lock);
        progress_ = urgent_ = false;
        admit_waiting();
        auto taken = std::exchange(input_, {});
        std::uint64_t first = 0;
        number(taken, first);
        const bool ending = closing_ && taken.empty();
        if (ending && told_all) return;
        completions done;
        expire(done);
        lock.unlock();
        complete(done);
        dispatch(taken, first);
        report_dropped(ending);
        told_all = told_all || ending;
        lock.lock();
        settle(done); // for a log without required sinks
        if (!done.empty()) {
            lock.unlock();
            complete(done);
            lock.lock();
        }
    }
}

bool async_audit_log::must_hurry() const
{
    return closing_ || progress_ || urgent_ || input_.size() >= enough_company;
}

// While events come that nobody waits for: a wake for each would cost more than the event.
void async_audit_log::linger(std::unique_lock<std::mutex>& lock)
{
    if (settings_.linger.count() == 0 || numbered_ == 0) return;
    lingers_ = true;
    const auto pause = std::min<std::chrono::milliseconds>(settings_.linger, longest_blind_wait);
    wake_.wait_for(lock, pause, [this] { return must_hurry(); });
    lingers_ = false;
}

void async_audit_log::wait_for_work(std::unique_lock<std::mutex>& lock)
{
    const auto ready = [this] { return closing_ || progress_ || !input_.empty(); };
    if (waiting_.empty() && at_the_door_.empty())
        wake_.wait(lock, [&] { return ready() || !at_the_door_.empty(); });
    else wake_.wait_for(lock, longest_blind_wait, ready);
}

void async_audit_log::admit_waiting()
{
    while (!at_the_door_.empty() && has_room()) {
        input_.push_back(std::move(at_the_door_.front()));
        at_the_door_.pop_front();
    }
}

// Under the lock: whoever settles next must find every commit below the numbers given.
void async_audit_log::number(std::vector<entry>& taken, std::uint64_t& first)
{
    first = numbered_ + 1;
    for (auto& next : taken) {
        ++numbered_;
        next.awaited = next.waiter != nullptr;
        if (next.waiter) waiting_.push_back({numbered_, next.deadline, std::move(next.waiter)});
    }
}

void async_audit_log::dispatch(std::vector<entry>& taken, std::uint64_t first)
{
    for (std::uint64_t seq = first; auto& next : taken) {
        auto& header = wire::header_of(next.event);
        if (header.metadata.uid.empty()) header.metadata.uid = random_uuid();
        if (header.metadata.cluster_name.empty())
            header.metadata.cluster_name = settings_.cluster_name;
        if (header.server.server_id.empty()) header.server.server_id = settings_.server_id;
        serialised_event out{seq, header.metadata.time, wire::to_json_line(next.event, seq)};
        for (std::size_t i = 0; i + 1 < workers_.size(); ++i) workers_[i]->push(out, next.awaited);
        if (!workers_.empty()) workers_.back()->push(std::move(out), next.awaited);
        ++seq;
    }
}

// What a best-effort sink lost becomes an event of its own, for every sink. It goes past the limit
// of the queue: there is at most one for each time a sink's queue filled up.
void async_audit_log::report_dropped(bool now)
{
    for (auto& worker : workers_) {
        const auto dropped = worker->take_dropped(now);
        if (!dropped) continue;
        wire::events_lost lost;
        lost.sink = worker->name();
        lost.first = dropped->first;
        lost.last = dropped->last;
        log_.error("audit sink dropped events",
            {{"sink", lost.sink}, {"first_seq", lost.first}, {"last_seq", lost.last}});
        wire::event event = std::move(lost);
        stamp(event);
        const std::lock_guard lock(mutex_);
        input_.push_back(entry{std::move(event), nullptr, {}});
    }
}

void async_audit_log::expire(completions& done)
{
    const auto now = clock_.monotonic_now();
    while (!waiting_.empty() && waiting_.front().deadline <= now) {
        done.emplace_back(std::move(waiting_.front().waiter), errc::audit_failed);
        waiting_.pop_front();
    }
    while (!at_the_door_.empty() && at_the_door_.front().deadline <= now) {
        done.emplace_back(std::move(at_the_door_.front().waiter), errc::queue_full);
        at_the_door_.pop_front();
    }
}

std::unique_ptr<audit_log> make_audit_log(
    audit_log_settings settings, std::vector<sink_entry> sinks, const clock& clock, logger& log)
{
    return std::make_unique<async_audit_log>(std::move(settings), std::move(sinks), clock, log);
}

} // namespace verbatim::audit
