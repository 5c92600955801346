#pragma once
// The sink seam: where serialised events come to rest.

#include <verbatim/base/clock.hpp>
#include <verbatim/base/result.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

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

/// Daily files `YYYY-MM-DD.00:00:00.log` by the UTC date of the writing, 0640, and `events.log`
/// pointing at today's. Opens today's at once; a last line that a crash tore is moved to
/// `<file>.torn`. `clock` outlives the sink.
/// Errors: what the system said (ENOSPC, EACCES, ...), here and from write().
[[nodiscard]] result<std::unique_ptr<audit_sink>> make_directory_sink(
    std::filesystem::path directory, const clock& clock);

/// One line for each event on standard output. The process must ignore SIGPIPE.
std::unique_ptr<audit_sink> make_stdout_sink();

/// The sink that a URI names: `file:///directory` or `stdout://`. On error `why` is a sentence for
/// the operator. Errors: errc::malformed (not such a URI), or as make_directory_sink.
[[nodiscard]] result<std::unique_ptr<audit_sink>> make_sink(
    std::string_view uri, const clock& clock, std::string& why);

} // namespace verbatim::audit
