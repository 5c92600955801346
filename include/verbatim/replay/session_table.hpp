#pragma once
// The sessions that an audit log tells of.

#include <verbatim/base/clock.hpp>
#include <verbatim/wire/event_line.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim::replay {

struct session_row {
    enum class state {
        running,    ///< started, its recording is in progress
        finished,   ///< ended and recorded
        recovered,  ///< its end was written by the repair after a crash
        unfinished, ///< started, no end, and no recording in progress
    };

    std::string sid;
    wall_time start{};
    std::optional<wall_time> end;
    std::string user, login, target, protocol, remote_addr;
    std::string kind; ///< shell, exec, subsystem, attach, port-forward
    std::string command;
    std::string pod, pod_namespace, container; ///< of Kubernetes sessions; `target` is the cluster
    std::string reason;                        ///< why it ended, where that was not the usual way
    std::uint64_t tx = 0, rx = 0;              ///< bytes to and from the client
    std::uint64_t recording_bytes = 0;         ///< of the file; 0: there is none
    state what = state::unfinished;
};

std::string_view to_string(session_row::state state) noexcept;

/// An event's `initial_command`: a command line as it is, a list of arguments as a shell would need
/// it.
std::string command_text(const std::vector<std::string>& initial_command);

/// "shop/cart-0"; the name alone without a namespace.
std::string pod_text(std::string_view name_space, std::string_view pod);

/// What stands in a table for where a session was: "root@web1", "shop/cart-0@prod".
std::string place_text(const session_row& row);

/// Folds event lines into sessions.
/// Limits: memory grows with the number of sessions, about 500 bytes each.
class session_table {
public:
    /// session.start, session.end, session.data, exec, subsystem and port count; others are
    /// ignored.
    void add(const wire::parsed_line& line);

    /// Oldest first. `recordings` are the files there are: SID to size; those in `running` are
    /// still being written. One of these that no event tells of is listed all the same.
    std::vector<session_row> rows(const std::map<std::string, std::uint64_t>& finished,
        const std::map<std::string, std::uint64_t>& running) const;

private:
    std::map<std::string, session_row, std::less<>> sessions_;
};

} // namespace verbatim::replay
