// What a connection carries besides sessions: forwarded connections, and those that end here.
#include "ssh/relay.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/wire/ssh_connection.hpp>

#include <boost/asio/use_awaitable.hpp>

namespace verbatim::ssh {

namespace asio = boost::asio;
namespace ws = wire::ssh;

namespace {

constexpr std::string_view not_permitted = "not permitted by this proxy";
// A client that tries again and again is not to fill its user's terminal.
constexpr std::uint32_t most_lines_of_forwards = 10;
constexpr std::size_t most_of_address = 80;

std::string endpoint(std::string_view host, std::uint32_t port)
{
    const bool v6 = host.find(':') != host.npos;
    return (v6 ? '[' + std::string(host) + ']' : std::string(host)) + ':' + std::to_string(port);
}

// Where to and from, of the channels that this proxy knows to forward.
std::optional<forward_facts> facts_of(const ws::channel_open& request)
{
    const auto& d = request.detail;
    if (const auto* c = std::get_if<ws::direct_tcpip_channel>(&d))
        return forward_facts{forward_kind::local, endpoint(c->host, c->port),
            endpoint(c->originator, c->originator_port)};
    if (const auto* c = std::get_if<ws::direct_streamlocal_channel>(&d))
        return forward_facts{forward_kind::local, std::string(c->path), {}};
    if (const auto* c = std::get_if<ws::forwarded_tcpip_channel>(&d))
        return forward_facts{forward_kind::remote, endpoint(c->address, c->port),
            endpoint(c->originator, c->originator_port)};
    if (const auto* c = std::get_if<ws::forwarded_streamlocal_channel>(&d))
        return forward_facts{forward_kind::remote, std::string(c->path), {}};
    if (const auto* c = std::get_if<ws::x11_channel>(&d))
        return forward_facts{forward_kind::x11, std::string(ws::x11_channel::name),
            endpoint(c->originator, c->originator_port)};
    if (std::holds_alternative<ws::agent_channel>(d))
        return forward_facts{forward_kind::agent, std::string(ws::agent_channel::name), {}};
    return {};
}

forward_facts facts_of(const ws::global_request& request)
{
    const auto& d = request.detail;
    forward_facts out{forward_kind::remote, {}, {}};
    if (const auto* r = std::get_if<ws::tcpip_forward>(&d)) out.to = endpoint(r->address, r->port);
    else if (const auto* c = std::get_if<ws::cancel_tcpip_forward>(&d))
        out.to = endpoint(c->address, c->port);
    else if (const auto* s = std::get_if<ws::streamlocal_forward>(&d)) out.to = s->path;
    else if (const auto* p = std::get_if<ws::cancel_streamlocal_forward>(&d)) out.to = p->path;
    return out;
}

bool asks_to_listen(const ws::global_request& request)
{
    return std::holds_alternative<ws::tcpip_forward>(request.detail) ||
           std::holds_alternative<ws::streamlocal_forward>(request.detail);
}

bool asks_for_forward(const ws::global_request& request)
{
    return asks_to_listen(request) ||
           std::holds_alternative<ws::cancel_tcpip_forward>(request.detail) ||
           std::holds_alternative<ws::cancel_streamlocal_forward>(request.detail);
}

} // namespace

// --- global requests ---

asio::awaitable<bool> relay::handle_global(side from, const ws::global_request& request)
{
    // Keepalives are answered with failure by OpenSSH too; the target's host key news end here:
    // their proof would sign another connection's session id.
    const bool usual = ws::name_of(request).starts_with("keepalive@") || // of many vendors
                       std::holds_alternative<ws::host_keys_offer>(request.detail);
    if (from == side::target) {
        if (!usual) context_.owner.forward_refused(ws::name_of(request), facts_of(request), {});
        if (request.want_reply) send(from, ws::request_failure{});
        co_return true;
    }
    if (asks_to_listen(request) && !wires_.target && !local_ && !context_.owner.is_jump() &&
        !reached_by_agent()) {
        auto reaching = reach_target(); // ssh -N -R asks for nothing else
        co_await std::move(reaching);
        if (wires_.client->is_closed()) co_return true;
    }
    if (asks_for_forward(request) && wires_.target &&
        context_.owner.may_forward(forward_kind::remote) && globals_.may_pass(request)) {
        if (!globals_.passed_on(request)) co_return false;
        tell_of_listener();
        std::ignore =
            wires_.client->forward_to(*wires_.target); // a failing transport ends its own pump
        co_return true;
    }
    if (std::holds_alternative<ws::no_more_sessions>(request.detail)) no_more_sessions_ = true;
    else if (!usual) refuse_global(request);
    if (request.want_reply && !globals_.refused()) co_return false;
    while (globals_.take_due()) send(from, ws::request_failure{});
    co_return true;
}

void relay::refuse_global(const ws::global_request& request)
{
    std::string_view why;
    if (asks_to_listen(request) && local_) why = *local_;
    else if (asks_for_forward(request) && context_.owner.may_forward(forward_kind::remote))
        why = request.want_reply ? "the target listens to as much as it may" : "it wants no answer";
    context_.owner.forward_refused(ws::name_of(request), facts_of(request), why);
}

void relay::tell_of_listener()
{
    if (const auto changed = globals_.take_change())
        context_.owner.listens(changed->where.is_path
                                   ? changed->where.address
                                   : endpoint(changed->where.address, changed->where.port),
            changed->listens);
}

bool relay::handle_global_answer(side from, bool success, byte_view data)
{
    if (from == side::client) return true; // to a keepalive: that it came is what counted
    switch (globals_.answered(success, data)) {
    case global_requests::answer_for::nobody: return false;
    case global_requests::answer_for::proxy: return true;
    case global_requests::answer_for::client: break;
    }
    tell_of_listener();
    std::ignore =
        wires_.target->forward_to(*wires_.client); // a failing transport ends its own pump
    while (globals_.take_due()) send(side::client, ws::request_failure{});
    return true;
}

// --- opening ---

asio::awaitable<bool> relay::open_from_client(const ws::channel_open& request)
{
    if (std::holds_alternative<ws::session_channel>(request.detail)) {
        auto opening = open_session(request);
        co_return co_await std::move(opening);
    }
    if (std::holds_alternative<ws::direct_tcpip_channel>(request.detail) &&
        context_.owner.is_jump()) {
        open_jump(request);
        co_return true;
    }
    auto facts = facts_of(request);
    if (facts && facts->kind == forward_kind::local && !wires_.target && !local_ &&
        !reached_by_agent()) {
        auto reaching = reach_target(); // ssh -N -L asks for nothing else
        co_await std::move(reaching);
        if (wires_.client->is_closed()) co_return true;
    }
    if (facts && facts->kind == forward_kind::local && wires_.target &&
        context_.owner.may_forward(forward_kind::local))
        co_return open_forward(side::client, request, std::move(*facts));
    const auto why = local_ ? std::string_view(*local_) : std::string_view();
    context_.owner.forward_refused(ws::name_of(request), facts.value_or(forward_facts{}), why);
    refuse_open(side::client, request.sender, ws::open_failure_reason::administratively_prohibited,
        local_ ? why : not_permitted);
    co_return true;
}

// Only what the client asked for, by a request that was permitted.
bool relay::open_from_target(const ws::channel_open& request)
{
    auto facts = facts_of(request);
    bool asked = false;
    if (const auto* c = std::get_if<ws::forwarded_tcpip_channel>(&request.detail))
        asked = globals_.expects(*c);
    else if (const auto* s = std::get_if<ws::forwarded_streamlocal_channel>(&request.detail))
        asked = globals_.expects(*s);
    else if (std::holds_alternative<ws::x11_channel>(request.detail)) asked = x11_asked_;
    else if (std::holds_alternative<ws::agent_channel>(request.detail)) asked = agent_asked_;
    const bool permitted = asked && context_.owner.may_forward(facts->kind);
    const auto closed = permitted ? context_.owner.closed_now(facts->kind) : std::string_view();
    if (permitted && closed.empty()) return open_forward(side::target, request, std::move(*facts));
    context_.owner.forward_refused(ws::name_of(request), facts.value_or(forward_facts{}),
        facts && !asked ? "the client has not asked for it" : closed);
    refuse_open(side::target, request.sender, ws::open_failure_reason::administratively_prohibited,
        not_permitted);
    return true;
}

bool relay::open_forward(side opener, const ws::channel_open& request, forward_facts facts)
{
    if (count([](const channel& c) { return c.forward != nullptr; }) >=
        context_.limits.max_forwards) {
        constexpr std::string_view why = "too many forwarded connections";
        context_.owner.forward_refused(ws::name_of(request), facts, why);
        refuse_open(opener, request.sender, ws::open_failure_reason::resource_shortage, why);
        return true;
    }
    channel& c = add_channel(opener, request, gate(gate::carries::forward));
    c.forward = std::make_unique<forward_opening>();
    c.forward->facts = std::move(facts);
    const auto payload = wire_of(opener)->message();
    const ws::channel_limits limits{c.ours, std::min(request.initial_window, largest_window),
        std::min(request.max_packet, largest_packet)};
    if (!ws::set_limits(payload, limits)) return false;
    c.forward->packet.assign(payload.begin(), payload.end());
    c.close_sent_to(other(opener)) = true; // there is nothing to close yet
    c.session_running = true;
    tasks_.spawn("ssh forward", run_forward(c));
    return true;
}

asio::awaitable<void> relay::run_forward(channel& c)
{
    try {
        auto running = context_.owner.run_forward(c.forward->facts, c.client_leg, c.target_leg);
        co_await std::move(running);
    } catch (const std::exception& e) {
        context_.log.error("a forwarded connection failed", {{"what", e.what()}});
    }
    tell_of_forward(c);
    if (c.now == channel::state::opening) {
        c.rules.never_opened(c.opener);
        if (!c.forward->unanswered) c.rules.never_opened(other(c.opener));
    }
    session_over(c);
}

void relay::tell_of_forward(const channel& c)
{
    const auto& why = c.client_leg.last_notice();
    const bool said_in_answer = c.now == channel::state::opening && c.opener == side::client;
    const bool all_end = ending_ || !reason_.empty() || !wires_.target; // which says so itself
    if (why.empty() || said_in_answer || all_end) return;
    auto line = escape_for_log(c.forward->facts.to, most_of_address) + ": " + why;
    if (line == told_of_forward_ || ++lines_of_forwards_ > most_lines_of_forwards) return;
    notice(line);
    told_of_forward_ = std::move(line);
}

asio::awaitable<bool> relay::forward_answered(side from, channel& c,
    const ws::channel_open_confirmation* confirmed, const ws::channel_open_failure* failed)
{
    c.forward->unanswered = false;
    if (confirmed && !c.forward->owed) { // the opener was refused meanwhile
        c.rules.confirmed();
        send(from, ws::channel_close{confirmed->sender});
        co_return true;
    }
    if (confirmed) {
        c.forward->owed = false;
        c.close_sent_to(from) = false;
        co_return open_confirmed(from, c, *confirmed);
    }
    std::string why = failed->description.empty() ? "the connection was refused"
                                                  : std::string(failed->description);
    if (std::exchange(c.forward->owed, false) && !pass_failure(from, c)) co_return false;
    c.close_sent_to(c.opener) = true;
    c.rules.never_opened(side::client);
    c.rules.never_opened(side::target);
    if (c.now == channel::state::ending) {
        release_if_over(c);
        co_return true;
    }
    auto telling = c.target_leg.offer({net::failure_event{why}});
    co_await std::move(telling);
    auto closing = c.target_leg.offer({net::close_event{}});
    co_await std::move(closing);
    co_return true;
}

// --- jumps ---

void relay::open_jump(const ws::channel_open& request)
{
    const auto& to = std::get<ws::direct_tcpip_channel>(request.detail);
    const auto refuse = [&](const std::string& why) {
        context_.owner.forward_refused(
            ws::name_of(request), facts_of(request).value_or(forward_facts{}), why);
        refuse_open(side::client, request.sender, ws::open_failure_reason::resource_shortage, why);
    };
    if (count([](const channel& c) { return c.jump != nullptr; }) >= context_.limits.max_forwards)
        return refuse("too many connections");
    auto made = jump_stream::make(
        *wires_.client, {request.sender, request.initial_window, request.max_packet}, context_.log);
    if (!made) return refuse(made.error().message());
    channel& c = add_channel(side::client, request);
    c.now = channel::state::jump;
    c.jump = std::move(*made);
    c.session_running = true;
    send(side::client, ws::channel_open_confirmation{c.client_number, c.ours, jump_stream::window,
                           jump_stream::max_packet, {}});
    tasks_.spawn(
        "ssh jump", run_jump(c, std::string(to.host), static_cast<std::uint16_t>(to.port)));
}

asio::awaitable<void> relay::run_jump(channel& c, std::string host, std::uint16_t port)
{
    auto running = c.jump->run(context_.owner, std::move(host), port);
    co_await std::move(running);
    c.session_running = false;
    release_if_over(c);
}

} // namespace verbatim::ssh
