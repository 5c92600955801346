// Channels between both sides: how they are opened, used and forgotten.
#include "ssh/relay.hpp"

#include "ssh/channel_events.hpp"
#include "ssh/live_channel.hpp"

#include <verbatim/wire/ssh_connection.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace verbatim::ssh {

namespace asio = boost::asio;
namespace ws = wire::ssh;

channel* relay::find(side from, ws::channel_number number)
{
    const auto index = static_cast<std::size_t>(number);
    if (index >= channels_.size() || !channels_[index]) return nullptr;
    channel& c = *channels_[index];
    using state = channel::state;
    const bool ends_here = c.now == state::local || c.now == state::jump || c.now == state::held ||
                           c.now == state::agent;
    if (from == side::target && ends_here) return nullptr;
    return &c;
}

channel& relay::add_channel(side opener, const ws::channel_open& request, gate with)
{
    std::size_t index = 0;
    while (index < channels_.size() && channels_[index]) ++index;
    if (index == channels_.size()) channels_.emplace_back();
    channels_[index] = std::make_unique<channel>(
        static_cast<ws::channel_number>(index), wires_, opener, std::move(with));
    channels_[index]->number_at(opener) = request.sender;
    return *channels_[index];
}

void relay::refuse_open(
    side to, ws::channel_number number, ws::open_failure_reason reason, std::string_view text)
{
    send(to, ws::channel_open_failure{number, reason, text, ""});
}

asio::awaitable<bool> relay::open_session(const ws::channel_open& request)
{
    const auto in_use = count([](const channel& c) { return !c.forward && !c.jump && !c.agent; });
    const bool answers = context_.owner.answers_itself();
    const std::string_view why = no_more_sessions_ ? "the client has said that it wants no more"
                                 : in_use >= context_.limits.max_channels ? "too many sessions"
                                 : answers && in_use > 0                  ? "one session at a time"
                                                                          : "";
    if (!why.empty()) {
        context_.owner.session_refused(why);
        refuse_open(side::client, request.sender, ws::open_failure_reason::resource_shortage, why);
        co_return true;
    }
    if (reached_by_agent()) {
        hold_session(request);
        co_return true;
    }
    if (!answers && !wires_.target && !local_) {
        auto reaching = reach_target();
        co_await std::move(reaching);
        if (wires_.client->is_closed()) co_return true;
    }
    if (answers || local_) {
        open_local(request);
        co_return true;
    }
    channel& c = add_channel(side::client, request, gate(gate::carries::session, permissions()));
    const std::uint32_t window = std::min(request.initial_window, largest_window);
    const auto withheld = channel_leg::reserve_of(side::client, window);
    if (withheld != 0) c.client_leg.reserves(withheld);
    const ws::channel_limits limits{
        c.ours, window - withheld, std::min(request.max_packet, largest_packet)};
    if (!ws::set_limits(wires_.client->message(), limits)) co_return false;
    std::ignore =
        wires_.client->forward_to(*wires_.target); // a failing transport ends its own pump
    co_return true;
}

channel_permissions relay::permissions() const
{
    return {context_.owner.may_forward(forward_kind::x11),
        context_.owner.may_forward(forward_kind::agent), context_.owner.may_have_terminal(),
        logged_in_by_agent_};
}

void relay::open_local(const ws::channel_open& request)
{
    channel& c = add_channel(side::client, request);
    c.now = channel::state::local;
    if (!local_ && context_.owner.serves_live()) {
        c.live = std::make_unique<live_channel>(*wires_.client, request, c.client_number);
        send(side::client, ws::channel_open_confirmation{c.client_number, c.ours,
                               live_channel::window, live_channel::largest_packet, {}});
        c.session_running = true;
        tasks_.spawn("ssh live session", run_live(c));
        return;
    }
    c.local = std::make_unique<local_channel>(
        *wires_.client, request, [this](std::string_view command_line) {
            if (context_.owner.answers_itself()) return context_.owner.answer(command_line);
            return local_reply{{}, local_.value_or(""), 255};
        });
    send(side::client,
        ws::channel_open_confirmation{c.client_number, c.ours, largest_packet, largest_packet, {}});
}

asio::awaitable<bool> relay::handle_on_channel(side from, channel& c, const ws::message& message)
{
    if (c.live) {
        const bool sound = c.live->handle(message);
        release_if_over(c);
        co_return sound;
    }
    if (c.now == channel::state::local) {
        if (!c.local->serve(message)) channels_[static_cast<std::size_t>(c.ours)].reset();
        co_return true;
    }
    if (c.now == channel::state::jump) {
        const bool sound = c.jump->handle(message);
        release_if_over(c);
        co_return sound;
    }
    if (c.now == channel::state::agent) {
        const bool sound = c.agent->handle(message);
        release_if_over(c);
        co_return sound;
    }
    if (c.held && from == side::client) co_return hold(c, message);
    const bool awaited = c.forward ? c.forward->unanswered : c.now == channel::state::opening;
    if (awaited && from == other(c.opener)) {
        auto answering = handle_answer(from, c, message);
        co_return co_await std::move(answering);
    }
    if (c.now == channel::state::opening) co_return false; // nobody was told of it yet
    auto passing = pass_on(from, c, message, *wire_of(from));
    co_return co_await std::move(passing);
}

asio::awaitable<bool> relay::pass_on(
    side from, channel& c, const ws::message& message, packet_source& packet)
{
    const auto what = c.rules.check(from, message);
    if (what == verdict::violation) co_return false;
    const auto* request = std::get_if<ws::channel_request>(&message);
    if (what == verdict::answer_no) {
        if (request && request->want_reply && !c.requests_of(from).refused()) co_return false;
        if (request && (std::holds_alternative<ws::x11_request>(request->detail) ||
                           std::holds_alternative<ws::agent_request>(request->detail)))
            context_.owner.forward_refused(ws::name_of(*request), {}, {});
        answer_due_requests(from, c);
        co_return true;
    }
    if (what == verdict::answer_yes) {
        if (request && request->want_reply && !c.requests_of(from).granted()) co_return false;
        answer_due_requests(from, c);
        co_return true;
    }
    if (what == verdict::pass) {
        const bool is_reply = std::holds_alternative<ws::channel_success>(message) ||
                              std::holds_alternative<ws::channel_failure>(message);
        if (is_reply && !c.requests_of(other(from)).answered()) co_return false;
        if (request && request->want_reply && !c.requests_of(from).passed_on()) co_return false;
        if (request && from == side::client) note_permitted(*request);
        if (const auto* more = std::get_if<ws::channel_window_adjust>(&message)) {
            const auto passed = c.leg_of(from).share_window(more->amount);
            if (passed == 0) co_return true;
            if (!ws::set_window_amount(packet.message(), passed)) co_return false;
        }
        net::leg_event event{to_event(from, message), &packet};
        const auto* start = std::get_if<net::start_event>(&event.body);
        if (start) c.start_wants_reply = request->want_reply;
        const auto forced = start ? context_.owner.forced_command(start->command) : std::nullopt;
        if (forced) {
            event = {net::start_event{net::start_kind::exec, *forced}, nullptr};
        }
        auto offering = c.leg_of(from).offer(event);
        co_await std::move(offering);
        if (is_reply) answer_due_requests(other(from), c);
    }
    release_if_over(c);
    co_return true;
}

void relay::note_permitted(const ws::channel_request& request)
{
    x11_asked_ |= std::holds_alternative<ws::x11_request>(request.detail);
    agent_asked_ |= std::holds_alternative<ws::agent_request>(request.detail);
}

asio::awaitable<bool> relay::handle_answer(side from, channel& c, const ws::message& message)
{
    const auto* confirmed = std::get_if<ws::channel_open_confirmation>(&message);
    const auto* failed = std::get_if<ws::channel_open_failure>(&message);
    if (!confirmed && !failed) co_return false;
    if (c.forward) {
        auto answering = forward_answered(from, c, confirmed, failed);
        co_return co_await std::move(answering);
    }
    if (c.held) co_return held_answered(c, confirmed, failed);
    if (confirmed) {
        if (!open_confirmed(from, c, *confirmed)) co_return false;
        c.session_running = true;
        tasks_.spawn("ssh session", run_session(c));
        co_return true;
    }
    if (!pass_failure(from, c)) co_return false;
    channels_[static_cast<std::size_t>(c.ours)].reset();
    co_return true;
}

bool relay::open_confirmed(side from, channel& c, const ws::channel_open_confirmation& message)
{
    c.number_at(from) = message.sender;
    c.rules.confirmed();
    c.now = channel::state::relayed;
    const auto payload = wire_of(from)->message();
    const auto window = std::min(message.initial_window, largest_window);
    const auto withheld = c.forward ? 0 : channel_leg::reserve_of(from, window);
    if (!c.forward) c.leg_of(from).reserves(withheld);
    const ws::channel_limits limits{
        c.ours, window - withheld, std::min(message.max_packet, largest_packet)};
    if (!ws::set_recipient(payload, c.number_at(c.opener)) || !ws::set_limits(payload, limits))
        return false;
    if (transport* to = wire_of(c.opener))
        std::ignore = wire_of(from)->forward_to(*to); // a failing transport ends its own pump
    return true;
}

bool relay::pass_failure(side from, channel& c)
{
    if (!ws::set_recipient(wire_of(from)->message(), c.number_at(c.opener))) return false;
    if (transport* to = wire_of(c.opener)) std::ignore = wire_of(from)->forward_to(*to); // as above
    return true;
}

void relay::answer_due_requests(side from, channel& c)
{
    while (const auto success = c.requests_of(from).take_due()) {
        if (c.close_sent_to(from)) continue;
        if (*success) send(from, ws::channel_success{c.number_at(from)});
        else send(from, ws::channel_failure{c.number_at(from)});
    }
}

asio::awaitable<void> relay::run_session(channel& c)
{
    try {
        auto running = context_.owner.run_session(c.client_leg, c.target_leg);
        co_await std::move(running);
    } catch (const std::exception& e) {
        context_.log.error("a session failed", {{"what", e.what()}});
        c.client_leg.notice("the session ended: internal error");
    }
    session_over(c);
}

asio::awaitable<void> relay::run_live(channel& c)
{
    try {
        auto serving = context_.owner.serve(*c.live);
        co_await std::move(serving);
    } catch (const std::exception& e) {
        context_.log.error("a session of the proxy's own failed", {{"what", e.what()}});
    }
    c.live->close(255);
    // What has woken the session may still be at work in the channel.
    auto later = asio::post(wires_.client->executor(), asio::use_awaitable);
    co_await std::move(later);
    c.session_running = false;
    flush_all();
    sessions_ended_.cancel();
    release_if_over(c);
}

void relay::session_over(channel& c)
{
    c.rules.end();
    c.client_leg.close(255);
    c.target_leg.close(255);
    c.client_leg.abandoned();
    c.target_leg.abandoned();
    c.now = channel::state::ending;
    c.session_running = false;
    flush_all();
    sessions_ended_.cancel();
    release_if_over(c);
}

// A number is used again only when both peers have closed it and nobody here looks at it.
void relay::release_if_over(channel& c)
{
    if (c.session_running || c.held) return;
    const auto index = static_cast<std::size_t>(c.ours);
    if (c.live) {
        if (c.live->is_closed_by_both() || wires_.client->is_closed()) channels_[index].reset();
        return;
    }
    if (c.now == channel::state::jump) {
        if (c.jump->is_over() || wires_.client->is_closed()) channels_[index].reset();
        return;
    }
    if (c.now == channel::state::agent) {
        if (!c.agent->in_use && (c.agent->is_over() || wires_.client->is_closed()))
            channels_[index].reset();
        return;
    }
    const bool client_done = c.rules.is_closed(side::client) || wires_.client->is_closed();
    const bool target_done = c.rules.is_closed(side::target) || !wires_.target;
    if (c.now == channel::state::ending && client_done && target_done) channels_[index].reset();
}

} // namespace verbatim::ssh
