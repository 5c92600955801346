#include "server/session_commands.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/base/text_table.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace verbatim::server {
namespace {

using session::live_session;
using progress = live_session::progress;

constexpr std::uint32_t refused_status = 255, usage_status = 2;
constexpr std::size_t sessions_at_once = 64; // of one kill

// A session's user, and what its peers chose, is foreign text on somebody's terminal.
std::string shown(std::string_view text) { return escape_for_log(text, 80); }

std::vector<std::string_view> words_of(std::string_view text)
{
    std::vector<std::string_view> words;
    constexpr std::string_view blanks = " \t\r\n";
    for (auto begin = text.find_first_not_of(blanks); begin != text.npos;) {
        const auto end = std::min(text.find_first_of(blanks, begin), text.size());
        words.push_back(text.substr(begin, end - begin));
        begin = text.find_first_not_of(blanks, end);
    }
    return words;
}

std::string place_of(const wire::event_header& header)
{
    const auto& pod = header.kubernetes;
    std::string out = header.server.server_hostname;
    if (!pod.pod_name.empty()) out += '/' + pod.pod_namespace + '/' + pod.pod_name;
    return shown(out);
}

std::string_view name_of(net::start_kind kind)
{
    switch (kind) {
    case net::start_kind::shell: return "shell";
    case net::start_kind::exec: return "exec";
    case net::start_kind::subsystem: return "subsystem";
    case net::start_kind::attach: return "attach";
    case net::start_kind::forward: return "port-forward";
    }
    return "session";
}

std::string kind_of(const live_session& session, const progress& now)
{
    const auto& protocol = session.header().connection.protocol;
    if (!now.started) return protocol;
    if (now.kind == net::start_kind::subsystem) return protocol + ' ' + shown(now.command);
    return protocol + ' ' + std::string(name_of(now.kind));
}

std::vector<std::string> row_of(const live_session& session, const progress& now)
{
    const auto& who = session.header().user;
    const auto since = std::chrono::floor<std::chrono::seconds>(now.since);
    return {session.id().to_string(), shown(who.user), shown(who.login), place_of(session.header()),
        kind_of(session, now), now.started ? to_rfc3339(since) : "-",
        now.size ? std::to_string(now.size->columns) + 'x' + std::to_string(now.size->rows) : "-",
        std::to_string(now.to_client), std::to_string(now.from_client), std::to_string(now.parties),
        now.state};
}

// The keys are those of `verbatim ls --json`, where that has them.
std::string json_of(const live_session& session, const progress& now)
{
    const auto& header = session.header();
    const auto text = [](const std::string& raw) { return to_printable_utf8(raw); };
    boost::json::object out;
    out["sid"] = session.id().to_string();
    out["state"] = now.state;
    if (now.started) out["start"] = to_rfc3339(now.since);
    out["user"] = text(header.user.user);
    out["login"] = text(header.user.login);
    out["target"] = text(header.server.server_hostname);
    out["proto"] = header.connection.protocol;
    if (now.started) out["kind"] = name_of(now.kind);
    if (const auto& pod = header.kubernetes; !pod.pod_name.empty()) {
        out["kubernetes_pod_name"] = text(pod.pod_name);
        out["kubernetes_pod_namespace"] = text(pod.pod_namespace);
        out["kubernetes_container_name"] = text(pod.container_name);
    }
    if (!now.command.empty()) out["command"] = text(now.command);
    if (now.size) out["size"] = wire::to_string(*now.size);
    out["addr.remote"] = header.connection.remote_addr;
    out["tx"] = now.to_client;
    out["rx"] = now.from_client;
    out["parties"] = now.parties;
    return boost::json::serialize(out) + '\n';
}

bool end_one(const session_visitor& visitor, const session_registry& sessions, std::string_view id,
    logger& log)
{
    const auto parsed = session_id::parse(id);
    const auto session = parsed ? sessions.find(*parsed) : nullptr;
    if (!session || !visitor.rights_over(*session).kill) return false;
    log.info(
        "session ended by a user", {{"user", visitor.name}, {"session", session->id().to_string()},
                                       {"of", session->header().user.user}});
    session->end("session ended by " + visitor.name);
    return true;
}

} // namespace

ssh::local_reply list_sessions(
    const session_visitor& visitor, const session_registry& sessions, list_form form)
{
    std::vector<std::vector<std::string>> rows{
        {"ID", "USER", "LOGIN", "TARGET", "KIND", "SINCE", "SIZE", "OUT", "IN", "JOINED", "STATE"}};
    std::string lines;
    for (const auto& session : sessions.all()) {
        if (!visitor.rights_over(*session).list) continue;
        const auto now = session->now();
        if (form == list_form::json) lines += json_of(*session, now);
        else rows.push_back(row_of(*session, now));
    }
    if (form == list_form::json) return {lines, {}, 0};
    if (rows.size() == 1) return {"No session runs that you may see.\n", {}, 0};
    return {aligned(rows), {}, 0};
}

ssh::local_reply end_sessions(const session_visitor& visitor, const session_registry& sessions,
    std::string_view arguments, std::string_view usage, logger& log)
{
    const auto ids = words_of(arguments);
    if (ids.empty() || ids.size() > sessions_at_once) return {{}, std::string(usage), usage_status};
    ssh::local_reply out;
    std::string missing;
    for (const auto id : ids) {
        if (end_one(visitor, sessions, id, log)) out.output += "ended " + std::string(id) + '\n';
        else missing += (missing.empty() ? "" : ", ") + shown(id);
    }
    if (missing.empty()) return out;
    out.error = "no such session, or you may not end it: " + missing;
    out.exit_status = refused_status;
    return out;
}

} // namespace verbatim::server
