#pragma once
// The running proxy: listeners, admission, reload, drain.

#include <verbatim/audit/audit_log.hpp>
#include <verbatim/base/clock.hpp>
#include <verbatim/base/log.hpp>
#include <verbatim/config/settings.hpp>
#include <verbatim/record/recorder.hpp>
#include <verbatim/ssh/key_store.hpp>

#include <functional>
#include <memory>
#include <string>

namespace verbatim::server {

/// What a server is built from; all of it outlives it.
struct server_parts {
    const ssh::key_store& keys;
    record::recording_store& store;
    audit::audit_log& audit;
    const clock& time;
    logger& log;
    /// Reads the configuration anew for SIGHUP; none: it has problems, which were reported.
    std::function<std::optional<config::settings>()> reload;
    /// Told once, when every listener is open: the line that says so.
    std::function<void(const std::string&)> ready;
};

/// Serves until SIGTERM or SIGINT: then no new connections, a line to every session, the drain
/// time, and the end. SIGHUP: users, roles and targets are read again for new connections. Throws
/// std::runtime_error, with a line that says what to do, when it cannot start.
class server {
public:
    virtual ~server() = default;
    virtual void run() = 0;
};

/// To be called before the program's first thread starts: signals then wait for run() and, once it
/// is over, for the end of the process.
void hold_signals();

std::unique_ptr<server> make_server(config::settings settings, const server_parts& parts);

} // namespace verbatim::server
