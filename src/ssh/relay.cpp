#include "ssh/relay.hpp"

#include "ssh/channel_events.hpp"
#include "ssh/target_login.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/net/deadline.hpp>
#include <verbatim/wire/ssh_connection.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace verbatim::ssh {

namespace asio = boost::asio;
namespace ws = wire::ssh;

namespace {

constexpr auto never = asio::steady_timer::time_point::max();

// A peer may announce any window; what is in flight is bounded by it, so it is bounded here.
constexpr std::uint32_t largest_window = 64u << 20;
// libssh ends a connection at packets above 256 KiB; OpenSSH itself uses 32 KiB.
constexpr std::uint32_t largest_packet = 64 * 1024;

// Far above what relayed data leaves waiting: the high water and one read.
constexpr std::size_t own_answers_limit = 4 * transport::output_high_water;

constexpr std::chrono::milliseconds farewell_deadline{60'000};

constexpr side other(side which) noexcept
{
    return which == side::client ? side::target : side::client;
}

} // namespace

relay::relay(transport& client, const connection_context& context)
    : context_(context), wires_{&client, nullptr}, room_for_client_(client.executor(), never),
      room_for_target_(client.executor(), never), keepalive_(client.executor()),
      sessions_ended_(client.executor(), never), tasks_(client.executor(), context.log)
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
    for (const auto& c : channels_)
        if (c) c->client_leg.lost();
    keepalive_.cancel();
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
        if (c && c->now == channel::state::relayed) c->client_leg.notice(line);
}

void relay::close(const std::string& line)
{
    if (reason_.empty()) reason_ = line;
    for (const auto& c : channels_) {
        if (!c || c->now != channel::state::relayed) continue;
        c->client_leg.notice(line);
        c->client_leg.close(255);
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
    if (const auto* request = std::get_if<ws::global_request>(&message))
        co_return handle_global(from, *request);
    if (std::holds_alternative<ws::request_success>(message) ||
        std::holds_alternative<ws::request_failure>(message))
        co_return true; // the answer to a keepalive; that it came is what counted
    if (const auto* request = std::get_if<ws::channel_open>(&message)) {
        if (from == side::target) {
            // Nothing was forwarded, so a target has nothing to open.
            context_.owner.forward_refused(ws::name_of(*request));
            send(from,
                ws::channel_open_failure{request->sender,
                    ws::open_failure_reason::administratively_prohibited, "not permitted", ""});
            co_return true;
        }
        auto opening = open_session(*request);
        co_return co_await std::move(opening);
    }
    const auto number = ws::recipient_of(wire_of(from)->message());
    channel* c = number ? find(from, *number) : nullptr;
    if (!c) co_return false;
    auto handling = handle_on_channel(from, *c, message);
    co_return co_await std::move(handling);
}

bool relay::handle_global(side from, const ws::global_request& request)
{
    if (std::holds_alternative<ws::no_more_sessions>(request.detail) && from == side::client)
        no_more_sessions_ = true;
    else if (!std::holds_alternative<ws::keepalive_request>(request.detail) &&
             !std::holds_alternative<ws::host_keys_offer>(request.detail))
        context_.owner.forward_refused(ws::name_of(request));
    // Keepalives are answered like this by OpenSSH too; the target's host key news end here: their
    // proof would sign another connection's session id.
    if (request.want_reply) send(from, ws::request_failure{});
    return true;
}

channel* relay::find(side from, ws::channel_number number)
{
    const auto index = static_cast<std::size_t>(number);
    if (index >= channels_.size() || !channels_[index]) return nullptr;
    channel& c = *channels_[index];
    if (from == side::target && c.now == channel::state::local) return nullptr;
    return &c;
}

channel& relay::add_channel(const ws::channel_open& request)
{
    std::size_t index = 0;
    while (index < channels_.size() && channels_[index]) ++index;
    if (index == channels_.size()) {
        channels_.emplace_back();
        local_answered_.push_back(false);
    }
    channels_[index] = std::make_unique<channel>(static_cast<ws::channel_number>(index), wires_);
    local_answered_[index] = false;
    channels_[index]->client_number = request.sender;
    return *channels_[index];
}

void relay::refuse_open(
    ws::channel_number client_number, ws::open_failure_reason reason, std::string_view text)
{
    send(side::client, ws::channel_open_failure{client_number, reason, text, ""});
}

asio::awaitable<bool> relay::open_session(const ws::channel_open& request)
{
    if (!std::holds_alternative<ws::session_channel>(request.detail)) {
        context_.owner.forward_refused(ws::name_of(request));
        refuse_open(request.sender, ws::open_failure_reason::administratively_prohibited,
            "not permitted by this proxy");
        co_return true;
    }
    const auto in_use = static_cast<std::uint32_t>(std::count_if(
        channels_.begin(), channels_.end(), [](const slot& s) { return s != nullptr; }));
    if (no_more_sessions_ || in_use >= context_.limits.max_channels) {
        refuse_open(
            request.sender, ws::open_failure_reason::resource_shortage, "too many sessions");
        co_return true;
    }
    if (!wires_.target && !local_) {
        auto reaching = reach_target();
        co_await std::move(reaching);
        if (wires_.client->is_closed()) co_return true;
    }
    channel& c = add_channel(request);
    if (local_) {
        c.now = channel::state::local;
        send(side::client, ws::channel_open_confirmation{
                               c.client_number, c.ours, largest_packet, largest_packet, {}});
        co_return true;
    }
    const std::uint32_t window = std::min(request.initial_window, largest_window);
    const ws::channel_limits limits{c.ours,
        window > channel_leg::notice_reserve * 2 ? window - channel_leg::notice_reserve : window,
        std::min(request.max_packet, largest_packet)};
    if (!ws::set_limits(wires_.client->message(), limits)) co_return false;
    std::ignore =
        wires_.client->forward_to(*wires_.target); // a failing transport ends its own pump
    co_return true;
}

asio::awaitable<void> relay::reach_target()
{
    std::string said;
    auto reaching = context_.owner.reach_target(said);
    auto reached = co_await std::move(reaching);
    if (!reached) {
        local_ = local_answer{said};
        co_return;
    }
    auto connecting = connect(*reached, said);
    if (const auto connected = co_await std::move(connecting); !connected) {
        const std::string detail = target_ ? target_->error_text() : std::string();
        const auto line = context_.owner.target_failed(connected.error(), escape_for_log(detail));
        local_ = local_answer{said.empty() ? line : said};
        wires_.target = nullptr;
        if (target_) target_->close();
        co_return;
    }
    target_->on_change = [this] { wake_pumps(); };
    target_->before_read = [this] { flush_all(); };
    tasks_.spawn("ssh target pump", pump_target());
}

asio::awaitable<result<void>> relay::connect(target_connection& reached, std::string& said)
{
    const std::string host_key_order = host_key_preference(reached.host_keys);
    const algorithms defaults;
    const auto& chosen = context_.algorithms;
    verbatim_engine_options options{};
    options.kex =
        chosen.target_kex.empty() ? defaults.target_kex.c_str() : chosen.target_kex.c_str();
    options.ciphers =
        chosen.target_ciphers.empty() ? defaults.ciphers.c_str() : chosen.target_ciphers.c_str();
    options.macs = defaults.macs.c_str();
    options.compression = "none";
    options.host_key_algorithms = host_key_order.empty() ? nullptr : host_key_order.c_str();
    target_ = std::make_unique<transport>(
        std::move(reached.socket), options, static_cast<loop_buffers&>(context_.buffers));
    tasks_.spawn("ssh target writer", target_->run_writer());

    net::deadline deadline(
        keepalive_.get_executor(), context_.limits.target_deadline, [this] { target_->close(); });
    result<void> done = target_->start();
    if (done) {
        auto logging_in = log_in_at_target(*target_, reached, context_.owner, said);
        done = co_await std::move(logging_in);
    }
    if (!done) co_return deadline.expired() ? make_error_code(errc::timed_out) : done.error();
    wires_.target = target_.get();
    co_return result<void>{};
}

asio::awaitable<void> relay::pump_target()
{
    try {
        auto pumping = pump(side::target);
        co_await std::move(pumping);
    } catch (const std::exception& e) {
        context_.log.error("a target's pump failed", {{"what", e.what()}});
    }
    end_of_target();
}

void relay::end_of_target()
{
    target_->close();
    if (ending_) return;
    wires_.target = nullptr;
    local_ = local_answer{"the target closed the connection"};
    for (const auto& c : channels_)
        if (c && c->now != channel::state::local) c->target_leg.lost();
    tasks_.spawn("ssh farewell", leave_client());
}

// The target is gone: its sessions say so to their users, then the client's connection ends as it
// would have without us.
asio::awaitable<void> relay::leave_client()
{
    while (std::any_of(channels_.begin(), channels_.end(),
        [](const slot& s) { return s && s->session_running; })) {
        error_code cancelled;
        auto ended =
            sessions_ended_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
        co_await std::move(ended);
    }
    if (reason_.empty()) reason_ = "the target closed the connection";
    wires_.client->disconnect(11, "the target closed the connection");
    net::deadline patience(
        keepalive_.get_executor(), farewell_deadline, [this] { wires_.client->close(); });
    auto drained = wires_.client->drained();
    co_await std::move(drained);
    wires_.client->close();
}

asio::awaitable<bool> relay::handle_on_channel(side from, channel& c, const ws::message& message)
{
    if (c.now == channel::state::local) {
        const auto index = static_cast<std::size_t>(c.ours);
        bool answered = local_answered_[index];
        if (!serve_local_channel(*wires_.client, c.client_number, answered, *local_, message))
            channels_[index].reset();
        else local_answered_[index] = answered;
        co_return true;
    }
    if (c.now == channel::state::opening) {
        if (from == side::client) co_return false;
        if (const auto* confirmed = std::get_if<ws::channel_open_confirmation>(&message))
            co_return open_confirmed(c, *confirmed);
        if (std::holds_alternative<ws::channel_open_failure>(message)) co_return open_failed(c);
        co_return false;
    }

    const auto what = c.rules.check(from, message);
    if (what == verdict::violation) co_return false;
    const auto* request = std::get_if<ws::channel_request>(&message);
    if (what == verdict::answer_no) {
        if (request && request->want_reply && !c.requests_of(from).refused()) co_return false;
        answer_due_requests(from, c);
        co_return true;
    }
    if (what == verdict::pass) {
        const bool is_reply = std::holds_alternative<ws::channel_success>(message) ||
                              std::holds_alternative<ws::channel_failure>(message);
        if (is_reply && !c.requests_of(other(from)).answered()) co_return false;
        if (request && request->want_reply && !c.requests_of(from).passed_on()) co_return false;
        auto offering = c.leg_of(from).offer({to_event(from, message), wire_of(from)});
        co_await std::move(offering);
        if (is_reply) answer_due_requests(other(from), c);
    }
    release_if_over(c);
    co_return true;
}

void relay::answer_due_requests(side from, channel& c)
{
    while (c.requests_of(from).take_due())
        if (!c.close_sent_to(from)) send(from, ws::channel_failure{c.number_at(from)});
}

bool relay::open_confirmed(channel& c, const ws::channel_open_confirmation& message)
{
    c.target_number = message.sender;
    c.rules.confirmed();
    c.now = channel::state::relayed;
    const auto payload = wires_.target->message();
    const ws::channel_limits limits{c.ours, std::min(message.initial_window, largest_window),
        std::min(message.max_packet, largest_packet)};
    if (!ws::set_recipient(payload, c.client_number) || !ws::set_limits(payload, limits))
        return false;
    std::ignore =
        wires_.target->forward_to(*wires_.client); // a failing transport ends its own pump
    c.session_running = true;
    tasks_.spawn("ssh session", run_session(c));
    return true;
}

bool relay::open_failed(channel& c)
{
    if (!ws::set_recipient(wires_.target->message(), c.client_number)) return false;
    std::ignore =
        wires_.target->forward_to(*wires_.client); // a failing transport ends its own pump
    channels_[static_cast<std::size_t>(c.ours)].reset();
    return true;
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
    const bool client_done = c.rules.is_closed(side::client) || wires_.client->is_closed();
    const bool target_done = c.rules.is_closed(side::target) || !wires_.target;
    if (c.now == channel::state::ending && client_done && target_done)
        channels_[static_cast<std::size_t>(c.ours)].reset();
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
            send(which, ws::global_request{true, ws::keepalive_request{}});
            wire->flush();
        }
    }
}

} // namespace verbatim::ssh
