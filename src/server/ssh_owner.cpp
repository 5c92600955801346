#include "server/ssh_owner.hpp"

#include "server/forced_command.hpp"
#include "server/join_command.hpp"
#include "server/ssh_commands.hpp"
#include "server/supervised_session.hpp"

#include <verbatim/base/text.hpp>

#include <boost/asio/use_awaitable.hpp>

namespace verbatim::server {

namespace asio = boost::asio;

namespace {

// Of one connection: the rest is summed at its end, so that a flood cannot fill the books.
constexpr std::uint64_t refused_singly = 10;
constexpr std::size_t most_of_name = 80, most_of_address = 300; // a peer's own words

} // namespace

bool ssh_owner::is_jump() const
{
    return !facts_.jump && facts_.route.target.empty() && facts_.route.command.empty();
}

bool ssh_owner::answers_itself() const { return facts_.route.target.empty(); }

ssh::local_reply ssh_owner::answer(std::string_view command_line)
{
    return answer_locally(facts_, facts_.services.sessions, command_line);
}

bool ssh_owner::serves_live() const { return is_join_command(facts_.route.command); }

asio::awaitable<void> ssh_owner::serve(net::leg& client)
{
    const auto visitor = visitor_of(facts_);
    auto serving = serve_join(client, {facts_.route.command, visitor, facts_.services.sessions,
                                          facts_.policy->settings.shared_sessions.escape,
                                          facts_.services.time, facts_.services.log});
    co_await std::move(serving);
}

asio::awaitable<void> ssh_owner::serve_jump(
    ssh::stream_socket stream, std::string host, std::uint16_t port)
{
    ssh_connection_facts inner{facts_.policy, facts_.services, facts_.number, facts_.peer,
        jump_facts{facts_.user, std::move(host), port}};
    auto serving = serve_inner_(std::move(stream), std::move(inner));
    co_await std::move(serving);
}

bool ssh_owner::may_forward(ssh::forward_kind kind) const
{
    // Nobody can watch a forward.
    const auto& authorizer = *facts_.policy->authorizer;
    if (!authorizer.requirements_for(facts_.user, policy::session_kind::ssh).empty()) return false;
    switch (kind) {
    case ssh::forward_kind::local: return facts_.grant.local_forwarding;
    case ssh::forward_kind::remote: return facts_.grant.remote_forwarding;
    case ssh::forward_kind::x11: return facts_.grant.x11_forwarding;
    case ssh::forward_kind::agent: return facts_.grant.agent_forwarding;
    }
    return false;
}

std::string_view ssh_owner::closed_now(ssh::forward_kind kind) const
{
    return kind == ssh::forward_kind::agent && agent_.is_shared() ? agent_guard::line : "";
}

std::optional<std::string> ssh_owner::forced_command(std::string_view asked) const
{
    if (facts_.grant.force_command.empty()) return {};
    return forced_command_line(facts_.grant.force_command, asked);
}

void ssh_owner::forward_refused(
    std::string_view name, const ssh::forward_facts& what, std::string_view why)
{
    if (++refused_requests_ > refused_singly) return;
    const auto shown = escape_for_log(name, most_of_name);
    const auto reason = shown + (why.empty() ? " is not permitted" : ": " + std::string(why));
    facts_.services.log.warning(why.empty() ? "not permitted" : "refused",
        {{"user", facts_.user}, {"request", shown},
            {"to", escape_for_log(what.to, most_of_address)}, {"why", reason}});
    if (name.starts_with("x11"))
        return facts_.post(wire::x11_forward{facts_.header(), false, reason, what.from});
    wire::port_forward event;
    event.header = facts_.header();
    event.what = wire::port_forward::state::failed;
    event.address = what.to.empty() ? shown : what.to;
    event.originator = what.from;
    event.error = reason;
    facts_.post(std::move(event));
}

void ssh_owner::session_refused(std::string_view why)
{
    if (++refused_requests_ > refused_singly) {
        ++facts_.services.counted.sessions_rejected;
        return;
    }
    facts_.services.log.warning("no session", {{"user", facts_.user}, {"why", why}});
    facts_.reject(std::string(why));
}

void ssh_owner::listens(const std::string& where, bool now)
{
    facts_.services.log.info(
        now ? "the target listens for the client" : "the target listens no more",
        {{"user", facts_.user}, {"target", facts_.target.name}, {"address", where}});
}

session::session_facts ssh_owner::session_facts() const
{
    session::session_facts facts;
    facts.header = facts_.header();
    const auto& settings = facts_.policy->settings;
    if (settings.session_recording == "off") {
        facts.recording = session::recording_mode::off;
        facts.recording_label = "off";
    } else if (!facts_.grant.strict_recording) {
        facts.recording = session::recording_mode::best_effort;
    }
    apply(facts_.grant, facts);
    return facts;
}

asio::awaitable<void> ssh_owner::run_session(net::leg& client, net::leg& target)
{
    auto running = run(session_facts(), client, target, false);
    co_await std::move(running);
}

asio::awaitable<void> ssh_owner::run_forward(
    const ssh::forward_facts& what, net::leg& client, net::leg& target)
{
    auto facts = session_facts();
    if (what.kind == ssh::forward_kind::x11) facts.forwarded = session::forward_kind::x11;
    if (what.kind == ssh::forward_kind::agent) facts.forwarded = session::forward_kind::agent;
    // Nothing that serves a display or an agent speaks SSH there.
    if (facts.forwarded != session::forward_kind::port) facts.ssh_in_forward = false;
    facts.originator = what.from;
    auto running = run(std::move(facts), client, target, true);
    co_await std::move(running);
}

asio::awaitable<void> ssh_owner::run(
    session::session_facts facts, net::leg& client, net::leg& target, bool is_forward)
{
    const auto& shared = facts_.services;
    session_terms terms{facts_.grant, facts_.certificate_expires, facts_.policy,
        policy::session_kind::ssh, is_forward};
    agent_guard::entry guarded(
        agent_, is_forward && facts.forwarded == session::forward_kind::agent);
    terms.watch = [&guarded](auto live) { guarded.watch(std::move(live)); };
    auto running = run_supervised(client, target, std::move(facts), std::move(terms),
        {shared.store, shared.audit, shared.time, shared.log},
        {shared.sessions, shared.counted, shared.painter});
    co_await std::move(running);
}

void ssh_owner::disconnected(const std::string& reason)
{
    if (refused_requests_ > refused_singly) {
        wire::port_forward event;
        event.header = facts_.header();
        event.what = wire::port_forward::state::failed;
        event.error = std::to_string(refused_requests_ - refused_singly) +
                      " more requests of this connection were not permitted";
        facts_.post(std::move(event));
    }
    wire::client_disconnect event;
    event.header = facts_.header();
    event.reason = reason;
    facts_.post(std::move(event));
}

} // namespace verbatim::server
