#include <verbatim/replay/session_table.hpp>

#include <verbatim/base/text.hpp>

#include <algorithm>

namespace verbatim::replay {

namespace {

void take_who(session_row& row, const wire::parsed_line& line)
{
    const auto take = [](std::string& to, const std::string& from) {
        if (!from.empty()) to = from;
    };
    take(row.user, line.user);
    take(row.login, line.login);
    take(row.target, line.server_hostname.empty() ? line.server_addr : line.server_hostname);
    take(row.target, std::string(line.text("kubernetes_cluster")));
    take(row.pod, std::string(line.text("kubernetes_pod_name")));
    take(row.pod_namespace, std::string(line.text("kubernetes_pod_namespace")));
    take(row.container, std::string(line.text("kubernetes_container_name")));
    take(row.protocol, line.protocol);
    take(row.remote_addr, line.remote_addr);
    take(row.command, command_text(line.list("initial_command")));
}

void take_end(session_row& row, const wire::parsed_line& line)
{
    row.end = line.time_of("session_stop").value_or(line.time);
    if (const auto start = line.time_of("session_start")) row.start = *start;
    row.reason = std::string(line.text("reason"));
    row.what =
        line.flag("synthesised") ? session_row::state::recovered : session_row::state::finished;
    if (row.kind.empty() && line.flag("interactive") && row.protocol != "kube") row.kind = "shell";
}

/// The event that says what a session is; empty for the others.
std::string_view kind_named_by(const wire::parsed_line& line)
{
    if (line.type == "exec" || line.type == "subsystem") return line.type;
    return line.type == "port" ? "port-forward" : "";
}

/// What a session is that no event named, or not yet.
std::string_view usual_kind(const session_row& row)
{
    if (!row.command.empty()) return "exec";
    return row.protocol == "kube" ? "attach" : "shell";
}

} // namespace

std::string_view to_string(session_row::state state) noexcept
{
    switch (state) {
    case session_row::state::running: return "running";
    case session_row::state::finished: return "finished";
    case session_row::state::recovered: return "recovered";
    case session_row::state::unfinished: return "unfinished";
    }
    return "unknown";
}

std::string command_text(const std::vector<std::string>& initial_command)
{
    return initial_command.size() == 1 ? initial_command.front() : shell_joined(initial_command);
}

std::string pod_text(std::string_view name_space, std::string_view pod)
{
    std::string out(name_space);
    if (!name_space.empty() && !pod.empty()) out += '/';
    return out.append(pod);
}

std::string place_text(const session_row& row)
{
    const auto who = row.pod.empty() ? row.login : pod_text(row.pod_namespace, row.pod);
    return who + '@' + row.target;
}

void session_table::add(const wire::parsed_line& line)
{
    if (line.sid.empty()) return;
    const bool starts = line.type == "session.start", ends = line.type == "session.end";
    const auto kind = kind_named_by(line);
    if (!starts && !ends && kind.empty() && line.type != "session.data") return;
    const auto [place, added] = sessions_.try_emplace(line.sid);
    auto& row = place->second;
    if (added) {
        row.sid = line.sid;
        row.start = line.time;
    }
    take_who(row, line);
    if (starts) row.start = line.time;
    if (ends) take_end(row, line);
    if (!kind.empty()) row.kind = kind;
    if (line.type == "port") row.command = std::string(line.text("addr"));
    if (line.type == "subsystem") row.command = std::string(line.text("name"));
    if (line.type == "session.data") {
        row.tx = static_cast<std::uint64_t>(line.number("tx").value_or(0));
        row.rx = static_cast<std::uint64_t>(line.number("rx").value_or(0));
    }
}

std::vector<session_row> session_table::rows(const std::map<std::string, std::uint64_t>& finished,
    const std::map<std::string, std::uint64_t>& running) const
{
    auto sessions = sessions_;
    for (const auto& [sid, bytes] : finished) {
        auto& row = sessions[sid];
        row.recording_bytes = bytes;
        // A finished file is the end of a session whose end the log has lost.
        if (row.what == session_row::state::unfinished) row.what = session_row::state::finished;
    }
    for (const auto& [sid, bytes] : running) {
        auto& row = sessions[sid];
        if (row.what != session_row::state::unfinished) continue;
        row.recording_bytes = bytes;
        row.what = session_row::state::running;
    }
    std::vector<session_row> rows;
    for (auto& [sid, row] : sessions) {
        row.sid = sid;
        if (row.kind.empty()) row.kind = usual_kind(row);
        rows.push_back(std::move(row));
    }
    std::ranges::stable_sort(rows, {}, &session_row::start);
    return rows;
}

} // namespace verbatim::replay
