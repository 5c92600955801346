#include "server/metrics.hpp"

#include <fstream>
#include <system_error>

namespace verbatim::server {
namespace {

template <class Number>
void add(std::string& out, const char* name, const char* type, const char* help,
    const std::atomic<Number>& value)
{
    const std::string full = std::string("verbatim_") + name;
    out += "# HELP " + full + ' ' + help + "\n# TYPE " + full + ' ' + type + '\n' + full + ' ' +
           std::to_string(value.load(std::memory_order_relaxed)) + '\n';
}

} // namespace

std::string to_prometheus(const metrics& m)
{
    std::string out;
    add(out, "connections_total", "counter", "Connections accepted.", m.connections);
    add(out, "connections_refused_in_all_total", "counter",
        "Connections refused by ssh.max_unauthenticated.", m.refused_in_all);
    add(out, "connections_refused_per_source_total", "counter",
        "Connections refused by ssh.max_unauthenticated_per_source.", m.refused_per_source);
    add(out, "logins_total", "counter", "Logins granted.", m.logins);
    add(out, "login_tries_refused_total", "counter", "Login tries refused.", m.login_tries_refused);
    add(out, "login_grace_expired_total", "counter", "Connections closed by ssh.login_grace_time.",
        m.grace_expired);
    add(out, "login_tries_exhausted_total", "counter", "Connections closed by ssh.max_auth_tries.",
        m.tries_exhausted);
    add(out, "broken_before_login_total", "counter",
        "Connections that spoke no sound SSH before the login.", m.broken_before_login);
    add(out, "sessions_total", "counter", "Sessions relayed.", m.sessions);
    add(out, "sessions_rejected_total", "counter", "Sessions refused.", m.sessions_rejected);
    add(out, "connections", "gauge", "Connections now.", m.connections_now);
    add(out, "connections_unauthenticated", "gauge", "Connections before their login now.",
        m.unauthenticated_now);
    add(out, "sessions", "gauge", "Sessions now.", m.sessions_now);
    return out;
}

void write_metrics(const metrics& counted, const std::filesystem::path& file)
{
    auto draft = file;
    draft += ".new";
    std::ofstream(draft, std::ios::trunc) << to_prometheus(counted);
    std::error_code ignored; // see the header
    std::filesystem::rename(draft, file, ignored);
}

} // namespace verbatim::server
