#pragma once
// The sink seam: where serialised events come to rest.

#include <verbatim/base/clock.hpp>
#include <verbatim/base/result.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace verbatim::audit {

struct serialised_event {
    std::uint64_t seq = 0; ///< the log's own number, without gaps
    wall_time time{};
    std::string line; ///< JSON without a line end, at most 64 KiB - 1
};

/// Blocking; called from the sink's own thread only, one batch at a time.
class audit_sink {
public:
    virtual ~audit_sink() = default;
    /// "file:///var/lib/verbatim/log", for messages.
    virtual std::string name() const = 0;
    /// On success every event of the batch is on stable storage. On error none need be; the same
    /// batch comes again, so a sink must not leave half a line behind.
    [[nodiscard]] virtual result<void> write(std::span<const serialised_event> batch) = 0;
};

enum class sink_role {
    required,    ///< an event is accepted only when this sink has it
    best_effort, ///< may drop; each drop becomes an event of its own
};

struct sink_entry {
    std::unique_ptr<audit_sink> sink;
    sink_role role = sink_role::required;
};

/// Daily files `YYYY-MM-DD.00:00:00.log` by UTC date, 0640, and `events.log` pointing at today's.
/// Errors (open): errc::io_error when the directory can neither be made nor written.
[[nodiscard]] result<std::unique_ptr<audit_sink>> make_directory_sink(
    std::filesystem::path directory);
std::unique_ptr<audit_sink> make_stdout_sink();

} // namespace verbatim::audit
