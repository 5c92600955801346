#pragma once
// The async log writer: typed events in, durable lines out.

#include <verbatim/audit/audit_sink.hpp>
#include <verbatim/base/clock.hpp>
#include <verbatim/base/log.hpp>
#include <verbatim/base/result.hpp>
#include <verbatim/wire/events.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <vector>

namespace verbatim::audit {

/// The seam that sessions see. Thread: any loop.
class audit_log {
public:
    virtual ~audit_log() = default;

    /// For events that must precede the act (login accepted, session started). Completes when every
    /// required sink has the event on stable storage. On error the act must not happen.
    /// Errors: errc::audit_failed, errc::queue_full (after waiting out the stall deadline). After
    /// audit_failed the event may still reach the log later: the batch that failed is tried again.
    /// Cancel: not heeded; it ends within the stall deadline. The executor that awaits must outlive
    /// the wait.
    [[nodiscard]] virtual boost::asio::awaitable<result<void>> commit(wire::event event) = 0;

    /// For events that merely report. Returns at once; the event is on its way.
    /// Errors: errc::queue_full or errc::audit_failed: the event was not accepted, the caller
    /// decides.
    [[nodiscard]] virtual result<void> post(wire::event event) = 0;

    /// False while a required sink is failing: new sessions must be refused.
    virtual bool healthy() const noexcept = 0;
};

struct audit_log_settings {
    std::string cluster_name;
    std::string server_id;
    /// Events waiting for serialising or for the slowest required sink. Full: commit() waits,
    /// post() fails. A best-effort sink has a queue of the same limits; full: it drops.
    std::size_t queue_limit_events = 16 * 1024;
    /// The same limit in bytes of serialised lines.
    std::size_t queue_limit_bytes = 64 * 1024 * 1024;
    /// How long a commit waits for a required sink before it is given up.
    std::chrono::milliseconds stall_deadline{10'000};
    /// A failed write is tried again after the first, then after twice as long each time.
    std::chrono::milliseconds first_retry{100}, longest_retry{5'000};
    /// How long events that nobody waits for are kept for company, so that many share one sync.
    std::chrono::milliseconds linger{0};
    /// How long the destructor goes on trying a sink that fails.
    std::chrono::milliseconds drain_deadline{5'000};
};

/// Starts the writer's threads: one that serialises, one for each sink. `seq` starts at 1 in each
/// process; `uid`, `time`, `cluster_name` and `server_id` are filled where empty. Destroying it
/// flushes what was accepted, within the drain deadline (a sink that hangs inside of write() is
/// waited for), then joins them; commits still waiting then fail. `clock` and `log` outlive it.
std::unique_ptr<audit_log> make_audit_log(
    audit_log_settings settings, std::vector<sink_entry> sinks, const clock& clock, logger& log);

} // namespace verbatim::audit
