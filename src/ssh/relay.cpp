#include "ssh/relay.hpp"

#include "ssh/live_channel.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/wire/ssh_connection.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace verbatim::ssh {

namespace asio = boost::asio;
namespace ws = wire::ssh;

namespace {

constexpr auto never = asio::steady_timer::time_point::max();

// Far above what relayed data leaves waiting: the high water and one read.
constexpr std::size_t own_answers_limit = 4 * transport::output_high_water;

} // namespace

relay::relay(transport& client, const connection_context& context)
    : context_(context), wires_{&client, nullptr}, room_for_client_(client.executor(), never),
      room_for_target_(client.executor(), never), keepalive_(client.executor()),
      agent_wish_(client.executor()), sessions_ended_(client.executor(), never),
      tasks_(client.executor(), context.log)
{
    client.on_change = [this] { wake_pumps(); };
    client.before_read = [this] { flush_all(); };
}

relay::~relay() = default;

asio::awaitable<std::string> relay::run()
{
    if (context_.limits.keepalive_interval.count() > 0)
        tasks_.spawn("ssh keepalive", watch_peers());
    try {
        auto pumping = pump(side::client);
        co_await std::move(pumping);
    } catch (const std::exception& e) {
        context_.log.error("a client's pump failed", {{"what", e.what()}});
        reason_ = "internal error";
    }

    if (reason_.empty()) reason_ = "client disconnected";
    ending_ = true;
    for (const auto& c : channels_) {
        if (c) c->client_leg.lost();
        if (c && c->live) c->live->lost();
        if (c && c->jump) c->jump->close();
        if (c && c->agent) c->agent->close();
    }
    keepalive_.cancel();
    agent_wish_.cancel();
    if (target_ && !wires_.target) target_->close(); // it may be half logged in at
    // Sessions hang up at the target now; give those words to its socket before it closes.
    if (wires_.target) {
        flush_all();
        for (const auto& c : channels_)
            if (c) c->target_leg.lost();
        if (wires_.target) {
            wires_.target->disconnect(11, "disconnected by user");
            wires_.target->close();
        }
    }
    wires_.client->close();
    wake_pumps();
    auto joined = tasks_.join();
    co_await std::move(joined);
    co_return reason_;
}

void relay::notice(const std::string& line)
{
    for (const auto& c : channels_)
        if (c && c->now == channel::state::relayed && !c->forward) c->client_leg.notice(line);
}

void relay::close(const std::string& line)
{
    if (reason_.empty()) reason_ = line;
    for (const auto& c : channels_) {
        if (!c || !c->session_running) continue;
        net::leg& leg = c->live ? static_cast<net::leg&>(*c->live) : c->client_leg;
        leg.notice(line);
        leg.close(255);
    }
    wires_.client->disconnect(11, line);
    flush_all();
    wires_.client->close();
    if (target_) target_->close();
}

asio::awaitable<void> relay::pump(side from)
{
    transport& wire = *wire_of(from);
    bool& held = held_[static_cast<std::size_t>(from)];
    for (;;) {
        held = false;
        auto stepping = wire.step();
        const auto stepped = co_await std::move(stepping);
        held = true;
        if (!stepped) {
            if (from == side::client && stepped.error() != errc::closed)
                reason_ = "transport: " + escape_for_log(wire.error_text());
            co_return;
        }
        ++packets_[static_cast<std::size_t>(from)];
        const auto payload = wire.message();
        if (!payload.empty()) {
            const auto message = ws::decode_and_normalise(payload);
            bool sound = false;
            if (message) {
                auto handling = handle(from, *message);
                sound = co_await std::move(handling);
            }
            if (!sound) {
                if (from == side::client) reason_ = "the client broke the SSH connection protocol";
                wire.disconnect(2, "protocol error");
                co_return;
            }
        }
        if (wire.is_closed()) co_return;
        auto room = wait_for_room(from);
        co_await std::move(room);
    }
}

bool relay::must_wait(side from) const
{
    const transport* self = wire_of(from);
    const transport* peer = wire_of(other(from));
    if (!self || self->is_closed()) return false;
    // Only answers of our own make this much wait for a side: it asks, and does not read.
    if (self->output_waiting() >= own_answers_limit) return true;
    if (!peer || peer->is_closed()) return false;
    return peer->output_waiting() >= transport::output_high_water ||
           (peer->rekeying() && !self->rekeying());
}

// A side whose own key exchange runs is always read, or two at once would wait for each other.
asio::awaitable<void> relay::wait_for_room(side from)
{
    auto& woken = from == side::client ? room_for_client_ : room_for_target_;
    for (;;) {
        if (!must_wait(from)) co_return;
        flush_all();
        if (!must_wait(from)) co_return;
        error_code cancelled;
        auto change = woken.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
        co_await std::move(change);
    }
}

void relay::wake_pumps()
{
    room_for_client_.cancel();
    room_for_target_.cancel();
}

void relay::flush_all()
{
    wires_.client->flush();
    if (wires_.target) wires_.target->flush();
}

void relay::send(side to, const ws::message& message)
{
    transport* wire = wire_of(to);
    if (!wire || wire->is_closed()) return;
    byte_buffer payload;
    ws::encode(payload, message);
    std::ignore = wire->send(payload); // a failing transport ends its own pump
}

asio::awaitable<bool> relay::handle(side from, const ws::message& message)
{
    if (const auto* request = std::get_if<ws::global_request>(&message)) {
        auto handling = handle_global(from, *request);
        co_return co_await std::move(handling);
    }
    if (const auto* yes = std::get_if<ws::request_success>(&message))
        co_return handle_global_answer(from, true, yes->data);
    if (std::holds_alternative<ws::request_failure>(message))
        co_return handle_global_answer(from, false, {});
    if (const auto* request = std::get_if<ws::channel_open>(&message)) {
        if (from == side::target) co_return open_from_target(*request);
        auto opening = open_from_client(*request);
        co_return co_await std::move(opening);
    }
    const auto number = ws::recipient_of(wire_of(from)->message());
    channel* c = number ? find(from, *number) : nullptr;
    if (!c) co_return false;
    auto handling = handle_on_channel(from, *c, message);
    co_return co_await std::move(handling);
}

asio::awaitable<void> relay::watch_peers()
{
    std::uint64_t seen[2] = {packets_[0], packets_[1]};
    int silent[2] = {0, 0};
    while (!ending_) {
        keepalive_.expires_after(context_.limits.keepalive_interval);
        error_code cancelled;
        auto tick = keepalive_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
        co_await std::move(tick);
        if (ending_) co_return;
        for (const auto which : {side::client, side::target}) {
            const auto index = static_cast<std::size_t>(which);
            transport* wire = wire_of(which);
            // A side that we ourselves do not read now is not silent.
            silent[index] = packets_[index] == seen[index] && !held_[index] ? silent[index] + 1 : 0;
            seen[index] = packets_[index];
            if (!wire || wire->is_closed() || silent[index] == 0) continue;
            if (silent[index] > 3) {
                if (which == side::client) reason_ = "the client does not answer";
                wire->close();
                continue;
            }
            if (which == side::target) globals_.asked_target();
            send(which, ws::global_request{true, ws::keepalive_request{}});
            wire->flush();
        }
    }
}

} // namespace verbatim::ssh
