#include "server/ssh_commands.hpp"

#include "server/session_commands.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/base/text_table.hpp>

namespace verbatim::server {
namespace {

constexpr std::uint32_t refused_status = 255;

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
    std::vector<std::vector<std::string>> rows{{"TARGET", "ADDRESS", "LOGINS"}};
    for (const auto& each : reachable)
        rows.push_back({each.target, each.address, joined(each.logins)});
    return {aligned(rows) + "\nConnect: ssh " +
                address_for("LOGIN@TARGET", facts.policy->settings) + '\n',
        {}, 0};
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
    if (command == "ls") return list_sessions(visitor_of(facts), sessions, list_form::table);
    if (command == "kill")
        return end_sessions(visitor_of(facts), sessions, arguments,
            "usage: ssh " + address_for("+kill", facts.policy->settings) + " SID",
            facts.services.log);
    if (command == "help") return help(facts);
    return {{}, '+' + escape_for_log(command, 80) + " is not available here; +help lists what is",
        refused_status};
}

} // namespace verbatim::server
