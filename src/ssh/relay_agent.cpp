// A target that is logged in at with the client's own agent. The client asks for its agent's
// forwarding only on a channel that is open, so the first channels are confirmed here, and what is
// asked for on them waits until the target is there.
#include "ssh/relay.hpp"

#include "ssh/agent_login.hpp"

#include <verbatim/wire/ssh_connection.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace verbatim::ssh {

namespace asio = boost::asio;
namespace ws = wire::ssh;

namespace {

// What the client may put into a packet: it is told before the target can say what it takes. Every
// SSH implementation takes as much (RFC 4253, 6.1).
constexpr std::uint32_t held_packet_limit = 32 * 1024;

bool starts_a_session(const ws::channel_request& request)
{
    return std::holds_alternative<ws::shell_request>(request.detail) ||
           std::holds_alternative<ws::exec_request>(request.detail) ||
           std::holds_alternative<ws::subsystem_request>(request.detail);
}

} // namespace

bool relay::reached_by_agent() const
{
    return !wires_.target && !local_ && !context_.owner.answers_itself() &&
           context_.owner.wants_agent();
}

void relay::hold_session(const ws::channel_open& request)
{
    channel& c = add_channel(side::client, request);
    c.now = channel::state::held;
    c.held = std::make_unique<held_requests>(std::min(request.initial_window, largest_window),
        std::min(request.max_packet, largest_packet));
    send(side::client,
        ws::channel_open_confirmation{c.client_number, c.ours, 0, held_packet_limit, {}});
    if (!std::exchange(reaching_, true)) tasks_.spawn("ssh target by agent", reach_with_agent());
}

bool relay::hold(channel& c, const ws::message& message)
{
    if (c.now == channel::state::held && std::holds_alternative<ws::channel_close>(message)) {
        send(side::client, ws::channel_close{c.client_number});
        channels_[static_cast<std::size_t>(c.ours)].reset();
        return true;
    }
    if (!c.held->keep(message, wires_.client->message())) return false;
    if (const auto* request = std::get_if<ws::channel_request>(&message)) {
        agent_offered_ |= std::holds_alternative<ws::agent_request>(request->detail);
        wish_known_ |= agent_offered_ || starts_a_session(*request);
        if (wish_known_) agent_wish_.cancel();
    }
    return true;
}

asio::awaitable<void> relay::reach_with_agent()
{
    // What comes without a wish for the agent will not do; but who may not be there at all learns
    // that first, and that alone.
    if (!wish_known_ && !ending_) {
        agent_wish_.expires_after(context_.limits.target_deadline);
        error_code cancelled;
        auto wish = agent_wish_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
        co_await std::move(wish);
    }
    const auto is_held = [](const channel& c) { return c.now == channel::state::held; };
    if (!ending_ && count(is_held) != 0) {
        try {
            auto reaching = reach_target();
            co_await std::move(reaching);
        } catch (const std::exception& e) {
            context_.log.error("the way to a target failed", {{"what", e.what()}});
            local_ = "internal error";
        }
    }
    reaching_ = wish_known_ = false;
    if (ending_ || wires_.client->is_closed()) co_return;
    for (std::size_t i = 0; i < channels_.size(); ++i) {
        if (!channels_[i] || !is_held(*channels_[i])) continue;
        if (wires_.target) open_held(*channels_[i]);
        else serve_held_here(*channels_[i], local_.value_or("the target was not reached"));
    }
    flush_all();
}

asio::awaitable<result<void>> relay::log_in_by_agent(
    const target_connection& reached, std::string& said)
{
    agent_login_outcome outcome;
    if (!agent_offered_) {
        said = context_.owner.agent_used({}, "the client forwards no agent");
        co_return errc::target_login_refused;
    }
    channel& c = add_channel(side::target, {});
    c.now = channel::state::agent;
    c.agent = std::make_unique<agent_channel>(*wires_.client, c.ours);
    c.agent->in_use = true;
    agent_ = c.agent.get();
    agent_->open();
    auto logging_in = log_in_with_agent(*target_, *agent_, reached.login, outcome);
    const auto done = co_await std::move(logging_in);
    agent_->close();
    agent_->in_use = false;
    agent_ = nullptr;
    release_if_over(c);
    logged_in_by_agent_ = done.has_value();
    const auto line =
        context_.owner.agent_used(outcome.key, done                   ? std::string()
                                               : outcome.said.empty() ? done.error().message()
                                                                      : outcome.said);
    if (done.has_error() && !outcome.said.empty()) said = line;
    co_return done;
}

void relay::open_held(channel& c)
{
    c.rules = gate(gate::carries::session, permissions());
    c.now = channel::state::opening;
    const auto window = c.held->client_window;
    const auto withheld = channel_leg::reserve_of(side::client, window);
    if (withheld != 0) c.client_leg.reserves(withheld);
    send(side::target,
        ws::channel_open{c.ours, window - withheld, c.held->client_packet, ws::session_channel{}});
}

bool relay::held_answered(channel& c, const ws::channel_open_confirmation* confirmed,
    const ws::channel_open_failure* failed)
{
    if (confirmed && confirmed->max_packet < held_packet_limit) {
        // Its closing is never waited for: the connection goes with it.
        serve_held_here(c, "the target takes only packets that are too small");
        wires_.target->disconnect(11, "packets of 32 KiB are needed");
        return false;
    }
    if (failed) {
        serve_held_here(c, "the target opens no session: " + std::string(failed->description));
        return true;
    }
    c.target_number = confirmed->sender;
    const auto window = std::min(confirmed->initial_window, largest_window);
    const auto withheld = channel_leg::reserve_of(side::target, window);
    c.target_leg.reserves(withheld);
    c.held->target_window = window - withheld;
    c.rules.confirmed();
    c.now = channel::state::relayed;
    c.session_running = true;
    tasks_.spawn("ssh session", run_session(c));
    tasks_.spawn("ssh held requests", replay_held(c));
    return true;
}

// Only when the last of them is on its way may the client send data: it would overtake them.
asio::awaitable<void> relay::replay_held(channel& c)
{
    while (!c.held->is_empty() && !wires_.client->is_closed()) {
        held_packet packet(c.held->take());
        const auto message = ws::decode(packet.message());
        bool sound = false;
        if (message) {
            auto passing = pass_on(side::client, c, *message, packet);
            sound = co_await std::move(passing);
        }
        if (sound) continue;
        reason_ = "the client broke the SSH connection protocol";
        wires_.client->disconnect(2, "protocol error");
        wires_.client->close();
    }
    const auto window = c.held->target_window;
    c.held.reset();
    if (window != 0 && !c.close_sent_to_client)
        send(side::client, ws::channel_window_adjust{c.client_number, window});
    flush_all();
    release_if_over(c);
}

void relay::serve_held_here(channel& c, std::string line)
{
    const auto held = std::move(c.held);
    c.now = channel::state::local;
    c.local = std::make_unique<local_channel>(*wires_.client,
        ws::channel_open{
            c.client_number, held->client_window, held->client_packet, ws::session_channel{}},
        [line = std::move(line)](std::string_view) {
            return local_reply{{}, line, 255};
        });
    while (!held->is_empty()) {
        const auto payload = held->take();
        const auto message = ws::decode(payload);
        if (message && c.local->serve(*message)) continue;
        channels_[static_cast<std::size_t>(c.ours)].reset();
        break;
    }
    wires_.client->flush();
}

} // namespace verbatim::ssh
