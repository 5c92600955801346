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
    /// Errors: errc::audit_failed, errc::queue_full (after waiting out the stall deadline).
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
    /// post() fails.
    std::size_t queue_limit_events = 16 * 1024;
    /// How long a commit waits for a required sink before it is given up.
    std::chrono::milliseconds stall_deadline{10'000};
};

/// Starts the writer's threads: one that serialises, one for each sink. Destroying it flushes what
/// was accepted, then joins them.
std::unique_ptr<audit_log> make_audit_log(
    audit_log_settings settings, std::vector<sink_entry> sinks, const clock& clock, logger& log);

} // namespace verbatim::audit
