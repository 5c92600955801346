#include "kube/stream_session.hpp"

#include "kube/legs.hpp"
#include "kube/port_forward.hpp"
#include "kube/stream_factory.hpp"
#include "kube/stream_upgrade.hpp"

#include <boost/asio/use_awaitable.hpp>

namespace verbatim::kube {

namespace asio = boost::asio;

namespace {

using wire::websocket::role;

std::unique_ptr<command_channels> make_channels(
    upgrade_kind kind, upgraded on, role ours, const channel_settings& settings, logger& log)
{
    return kind == upgrade_kind::spdy ? make_spdy_channels(on, ours, settings, log)
                                      : make_websocket_channels(on, ours, settings, log);
}

/// Controls are there as long as what they control.
class controls_guard {
public:
    controls_guard(stream_controls& controls, stream_controls now) : controls_(controls)
    {
        controls_ = std::move(now);
    }
    ~controls_guard() { controls_ = {}; }
    controls_guard(const controls_guard&) = delete;
    controls_guard& operator=(const controls_guard&) = delete;

private:
    stream_controls& controls_;
};

/// One exec or attach: what its channels are, and the cluster's side, made when the session starts.
class command {
public:
    command(client_side& client, exchange& of) : client_(client), of_(of) {}

    /// Which channels, as the API server reads the query. Errors: errc::malformed.
    result<void> read_query()
    {
        bool flags[4];
        constexpr const char* names[] = {"stdin", "stdout", "stderr", "tty"};
        for (int i = 0; i < 4; ++i) {
            const auto flag = of_.query.flag(names[i]);
            if (!flag) return flag.error();
            flags[i] = *flag;
        }
        set_ = channel_set::of(flags[0], flags[1], flags[2], flags[3]);
        facts_.tty = flags[3];
        facts_.kind = of_.facts.upgrade == wire::kube_upgrade::attach ? net::start_kind::attach
                                                                      : net::start_kind::exec;
        facts_.arguments = of_.query.all("command");
        return {};
    }

    /// The session may wait before it starts; one without a terminal is refused then.
    bool asks_late() const { return of_.permitted.may_wait && facts_.tty; }

    void use(std::optional<target_upgrade> target) { target_ = std::move(target); }

    asio::awaitable<void> run(const upgrade_offer& offer, stream_controls& controls)
    {
        const auto client_leg = make_client_leg(client_.stream.executor(),
            make_channels(offer.kind, {client_.stream, client_.buffered}, role::server,
                settings(offer.protocol, offer.base64), client_.log),
            facts_, client_.log);
        const auto target_leg = make_target_leg(
            client_.stream.executor(), [this](std::string& why) { return begin_target(why); },
            [this] { upgrading_.abandon(); });
        const controls_guard guard(
            controls, {[&client_leg](const std::string& line) { client_leg->notice(line); },
                          [&client_leg](const std::string& line) {
                              client_leg->notice(line);
                              client_leg->close(255);
                          }});
        const session_request request{facts_.kind, &of_.facts,
            std::string(of_.query.first("container")), facts_.tty, set_.input};
        try {
            auto running = client_.owner.run_session(request, *client_leg, *target_leg);
            co_await std::move(running);
        } catch (const std::exception& e) { // the legs must be awaited all the same
            client_.log.error("a session failed", {{"what", e.what()}});
        }
        auto hanging_up = target_leg->finished();
        co_await std::move(hanging_up);
        auto parting = client_leg->finished();
        co_await std::move(parting);
    }

private:
    channel_settings settings(wire::remote_command::version protocol, bool base64) const
    {
        channel_settings out{protocol, base64, set_};
        out.creation_deadline = client_.limits.stream_creation;
        return out;
    }

    asio::awaitable<result<std::unique_ptr<command_channels>>> begin_target(std::string& why)
    {
        if (!target_ && asks_late()) {
            auto upgrading = upgrade_late_by_spdy(of_, why, upgrading_);
            auto upgraded = co_await std::move(upgrading);
            if (!upgraded) co_return upgraded.error();
            target_ = std::move(*upgraded);
        }
        if (!target_) {
            auto upgrading = upgrade_by_websocket(of_, why, upgrading_);
            auto upgraded = co_await std::move(upgrading);
            if (!upgraded) co_return upgraded.error();
            target_ = std::move(*upgraded);
        }
        co_return make_channels(target_->kind,
            {*target_->connection->stream, target_->connection->buffered}, role::client,
            settings(target_->protocol, false), client_.log);
    }

    client_side& client_;
    exchange& of_;
    channel_set set_;
    command_facts facts_;
    std::optional<target_upgrade> target_;
    upgrade_hold upgrading_;
};

} // namespace

asio::awaitable<bool> serve_command(
    client_side& client, client_watch& watch, exchange& of, stream_controls& controls)
{
    bool again = false;
    auto judging = judge_client_upgrade(client, of, again);
    const auto offer = co_await std::move(judging);
    if (!offer) co_return again;
    command work(client, of);
    if (!work.read_query()) {
        auto refusing = answer_status(
            client, of, {400, "BadRequest", "a query value is no boolean"}, "query not accepted");
        co_return co_await std::move(refusing);
    }
    if (!work.asks_late()) {
        auto upgrading = upgrade_by_spdy(client, watch, of, again);
        auto target = co_await std::move(upgrading);
        if (!target) co_return again;
        work.use(std::move(*target));
    }
    auto accepting = accept_client_upgrade(client, of, *offer);
    if (const auto accepted = co_await std::move(accepting); !accepted) co_return false;
    auto running = work.run(*offer, controls);
    co_await std::move(running);
    co_return false;
}

asio::awaitable<bool> serve_port_forward(
    client_side& client, client_watch& watch, exchange& of, stream_controls& controls)
{
    bool again = false;
    auto judging = judge_client_upgrade(client, of, again);
    const auto offer = co_await std::move(judging);
    if (!offer) co_return again;
    auto upgrading = upgrade_by_spdy(client, watch, of, again);
    auto by_spdy = co_await std::move(upgrading);
    if (!by_spdy) co_return again;
    std::optional<target_upgrade> target = std::move(*by_spdy);
    if (!target) {
        std::string why;
        upgrade_hold hold;
        if (client.http.body_done()) watch.begin([&hold] { hold.abandon(); });
        auto tunnelling = upgrade_by_websocket(of, why, hold);
        auto tunnelled = co_await std::move(tunnelling);
        watch.end();
        if (!tunnelled) {
            auto refusing = answer_status(client, of, {502, "ServiceUnavailable", why}, why);
            co_return co_await std::move(refusing);
        }
        target = std::move(*tunnelled);
    }
    auto accepting = accept_client_upgrade(client, of, *offer);
    if (const auto accepted = co_await std::move(accepting); !accepted) co_return false;

    // Where a side tunnels, the tunnel is its stream.
    std::unique_ptr<net::byte_stream> tunnels[2];
    if (offer->tunnel)
        tunnels[0] = make_tunnel({client.stream, client.buffered}, role::server, client.log);
    if (target->kind == upgrade_kind::websocket)
        tunnels[1] = make_tunnel(
            {*target->connection->stream, target->connection->buffered}, role::client, client.log);
    net::byte_stream& near = tunnels[0] ? *tunnels[0] : client.stream;
    net::byte_stream& far = tunnels[1] ? *tunnels[1] : *target->connection->stream;
    buffered_reader near_tunnelled(near), far_tunnelled(far);

    const session_request request{net::start_kind::forward, &of.facts, {}, false, true};
    const auto forward = make_port_forward(
        {near, tunnels[0] ? near_tunnelled : client.buffered, far,
            tunnels[1] ? far_tunnelled : target->connection->buffered},
        [&client, &request](
            net::leg& from, net::leg& to) { return client.owner.run_session(request, from, to); },
        client.limits, client.log);
    const controls_guard guard(controls,
        {[](const std::string&) {}, [&forward](const std::string&) { forward->close(); }});
    auto running = forward->run();
    co_await std::move(running);
    co_return false;
}

} // namespace verbatim::kube
