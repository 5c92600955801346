#include "server/ssh_commands.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/base/text_table.hpp>

#include <algorithm>

namespace verbatim::server {
namespace {

using session::live_session;
using table = std::vector<std::vector<std::string>>;

constexpr std::uint32_t refused_status = 255, usage_status = 2;
constexpr std::size_t sessions_at_once = 64; // of one +kill

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

// "-p 3022 USER@proxy.example.com", as far as it is known.
std::string address_for(const std::string& user, const config::settings& settings)
{
    std::string host = settings.public_addr.empty() ? "PROXY" : settings.public_addr;
    std::string port = settings.ssh.listen ? std::to_string(settings.ssh.listen->port) : "22";
    const auto colon = host.rfind(':');
    const bool has_port = colon != host.npos && host.find(':') == colon;
    if (has_port) {
        port = host.substr(colon + 1);
        host.resize(colon);
    }
    return (port == "22" ? "" : "-p " + port + ' ') + user + '@' + host;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

ssh::local_reply list_targets(const ssh_connection_facts& facts)
{
    const auto reachable = facts.policy->authorizer->reachable_targets(facts.user);
    if (reachable.empty())
        return {"You may reach no target yet. Tell your administrator.\n", {}, 0};
    table rows{{"TARGET", "ADDRESS", "LOGINS"}};
    for (const auto& each : reachable)
        rows.push_back({each.target, each.address, joined(each.logins)});
    return {aligned(rows) + "\nConnect: ssh " +
                address_for("LOGIN@TARGET", facts.policy->settings) + '\n',
        {}, 0};
}

policy::session_rights rights_over(const live_session& session, const ssh_connection_facts& facts)
{
    return facts.policy->authorizer->rights_over(
        facts.user, {session.header().user.user, session.owner_roles(), session.kind()});
}

std::string place_of(const wire::event_header& header)
{
    const auto& pod = header.kubernetes;
    std::string out = header.server.server_hostname;
    if (!pod.pod_name.empty()) out += '/' + pod.pod_namespace + '/' + pod.pod_name;
    return shown(out);
}

std::string kind_of(const live_session& session, const live_session::progress& now)
{
    const auto& protocol = session.header().connection.protocol;
    if (!now.started) return protocol;
    switch (now.kind) {
    case net::start_kind::shell: return protocol + " shell";
    case net::start_kind::exec: return protocol + " exec";
    case net::start_kind::subsystem: return protocol + ' ' + shown(now.command);
    case net::start_kind::attach: return protocol + " attach";
    case net::start_kind::forward: return protocol + " port-forward";
    }
    return protocol;
}

ssh::local_reply list_sessions(const ssh_connection_facts& facts, const session_registry& sessions)
{
    table rows{
        {"ID", "USER", "LOGIN", "TARGET", "KIND", "SINCE", "SIZE", "OUT", "IN", "JOINED", "STATE"}};
    for (const auto& session : sessions.all()) {
        if (!rights_over(*session, facts).list) continue;
        const auto now = session->now();
        const auto& who = session->header().user;
        const auto since = std::chrono::floor<std::chrono::seconds>(now.since);
        rows.push_back({session->id().to_string(), shown(who.user), shown(who.login),
            place_of(session->header()), kind_of(*session, now),
            now.started ? to_rfc3339(since) : "-",
            now.size ? std::to_string(now.size->columns) + 'x' + std::to_string(now.size->rows)
                     : "-",
            std::to_string(now.to_client), std::to_string(now.from_client),
            std::to_string(now.parties), now.state});
    }
    if (rows.size() == 1) return {"No session runs that you may see.\n", {}, 0};
    return {aligned(rows), {}, 0};
}

bool end_one(
    const ssh_connection_facts& facts, const session_registry& sessions, std::string_view id)
{
    const auto parsed = session_id::parse(id);
    const auto session = parsed ? sessions.find(*parsed) : nullptr;
    if (!session || !rights_over(*session, facts).kill) return false;
    facts.services.log.info(
        "session ended by a user", {{"user", facts.user}, {"session", session->id().to_string()},
                                       {"of", session->header().user.user}});
    session->end("session ended by " + facts.user);
    return true;
}

ssh::local_reply end_sessions(
    const ssh_connection_facts& facts, const session_registry& sessions, std::string_view arguments)
{
    const auto ids = words_of(arguments);
    if (ids.empty() || ids.size() > sessions_at_once)
        return {{}, "usage: ssh " + address_for("+kill", facts.policy->settings) + " SID",
            usage_status};
    ssh::local_reply out;
    std::string missing;
    for (const auto id : ids) {
        if (end_one(facts, sessions, id)) out.output += "ended " + std::string(id) + '\n';
        else missing += (missing.empty() ? "" : ", ") + shown(id);
    }
    if (missing.empty()) return out;
    out.error = "no such session, or you may not end it: " + missing;
    out.exit_status = refused_status;
    return out;
}

ssh::local_reply help(const ssh_connection_facts& facts)
{
    const auto& settings = facts.policy->settings;
    return {
        aligned({{"ssh " + address_for(facts.user, settings), "the targets that you may reach"},
            {"ssh " + address_for("LOGIN@TARGET", settings), "a session at one of them"},
            {"ssh " + address_for("+ls", settings), "the running sessions that you may see"},
            {"ssh " + address_for("+kill", settings) + " SID", "ends a running session"},
            {"ssh -t " + address_for("+observe", settings) + " SID", "shows a running session"},
            {"ssh -t " + address_for("+join", settings) + " SID peer", "the same, to type in it"},
            {"ssh -t " + address_for("+moderate", settings) + " SID",
                "the same, to pause and end it"},
            {"ssh " + address_for("+help", settings), "this list"}}),
        {}, 0};
}

} // namespace

ssh::local_reply answer_locally(
    const ssh_connection_facts& facts, session_registry& sessions, std::string_view arguments)
{
    const auto& command = facts.route.command;
    if (command.empty()) return list_targets(facts);
    if (command == "ls") return list_sessions(facts, sessions);
    if (command == "kill") return end_sessions(facts, sessions, arguments);
    if (command == "help") return help(facts);
    return {
        {}, '+' + shown(command) + " is not available here; +help lists what is", refused_status};
}

} // namespace verbatim::server
