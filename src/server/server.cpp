#include <verbatim/server/server.hpp>

#include "server/control_service.hpp"
#include "server/kube_service.hpp"
#include "server/listener.hpp"
#include "server/serving.hpp"
#include "server/signals.hpp"
#include "server/ssh_service.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <stdexcept>

namespace verbatim::server {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds last_deadline{40}; // a dial and a login at a dead target, and more
constexpr std::uint64_t metrics_interval_seconds = 5;

ssh::certificate_issuer make_issuer(const ssh::key_store& keys)
{
    auto issuer = ssh::certificate_issuer::create(keys.user_ca().private_text);
    if (!issuer)
        throw std::runtime_error("the user CA " + keys.user_ca().file.string() +
                                 " cannot be used: " + issuer.error().message());
    return std::move(*issuer);
}

class proxy final : public server {
public:
    proxy(config::settings settings, const server_parts& parts);
    void run() override;

private:
    asio::awaitable<void> watch_signals();
    asio::awaitable<void> report_every_second();
    asio::awaitable<void> stop();
    asio::awaitable<bool> drained(std::chrono::steady_clock::time_point until);
    void open_listeners();
    void reload();
    asio::awaitable<void> on_every_loop(asio::awaitable<void> (proxy::*function)(std::size_t loop));
    asio::awaitable<void> tell_sessions(std::size_t loop);
    asio::awaitable<void> close_sessions(std::size_t loop);
    asio::awaitable<void> join_tasks(std::size_t loop);

    const server_parts parts_;
    policy_holder policy_;
    serving on_;
    asio::thread_pool blocking_{1};
    audit::auth_failure_limiter auth_failures_;
    ssh::certificate_issuer issuer_;
    ssh::learned_hosts learned_;
    password_checker passwords_;
    ssh_service ssh_;
    kube_service kubernetes_;
    listener ssh_listener_, kubernetes_listener_; // used on the first loop only, as all below
    control_service control_;
    asio::signal_set signals_;
    asio::steady_timer tick_;
    net::task_group tasks_;
    bool stopping_ = false;
};

proxy::proxy(config::settings settings, const server_parts& parts)
    : parts_(parts), policy_(std::make_shared<policy_snapshot>(std::move(settings))),
      on_(policy_.get()->settings.loops, parts.log), auth_failures_({}, parts.time),
      issuer_(make_issuer(parts.keys)), learned_(policy_.get()->settings.data_dir / "known_hosts"),
      passwords_(parts.time, policy_.get()->settings.data_dir / "used-codes"),
      ssh_(policy_, on_, parts.keys,
          {issuer_, learned_, parts.store, parts.audit, auth_failures_, blocking_, parts.time,
              parts.log, policy_.get()->settings.server_id, on_.counted, on_.sessions, passwords_,
              parts.keys.user_ca().public_part, on_.painters.get_executor()}),
      kubernetes_(policy_, on_,
          {parts.store, parts.audit, auth_failures_, blocking_, parts.time, parts.log,
              policy_.get()->settings.server_id, on_.counted, on_.sessions,
              on_.painters.get_executor()}),
      ssh_listener_("ssh", on_, ssh_,
          {policy_.get()->settings.ssh.max_unauthenticated,
              policy_.get()->settings.ssh.max_unauthenticated_per_source}),
      kubernetes_listener_("kubernetes", on_, kubernetes_,
          {policy_.get()->settings.kubernetes.max_unauthenticated,
              policy_.get()->settings.kubernetes.max_unauthenticated_per_source}),
      control_(policy_, on_, parts.time, policy_.get()->settings.server_id),
      signals_(on_.loops.at(0), SIGINT, SIGTERM, SIGHUP), tick_(on_.loops.at(0)),
      tasks_(on_.loops.at(0).get_executor(), parts.log)
{}

void proxy::open_listeners()
{
    const auto settings = policy_.get();
    const auto& ssh = settings->settings.ssh.listen;
    const auto& kubernetes = settings->settings.kubernetes.listen;
    if (!ssh && !kubernetes)
        throw std::runtime_error("nothing to listen on: set `ssh: {listen: \"0.0.0.0:3022\"}`");
    control_.open(settings->settings.data_dir / "run" / "control.sock");
    if (ssh) ssh_listener_.open(*ssh);
    if (!kubernetes) return;
    kubernetes_.prepare();
    kubernetes_listener_.open(*kubernetes);
}

void proxy::run()
{
    raise_descriptor_limit();
    asio::post(on_.painters, lower_priority);
    open_listeners();
    std::string bound;
    for (auto* each : {&ssh_listener_, &kubernetes_listener_}) {
        if (!each->is_open()) continue;
        bound += ' ' + each->name() + '=' + each->bound();
        tasks_.spawn("accept", each->accept());
    }
    tasks_.spawn("control", control_.accept());
    tasks_.spawn("signals", watch_signals());
    tasks_.spawn("reports", report_every_second());
    parts_.log.info(
        "listening", {{"on", bound.substr(1)}, {"loops", std::uint64_t{on_.loops.size()}}});
    parts_.ready("ready" + bound);
    notify_service_manager("READY=1");
    let_signals_in();
    on_.loops.run();
    hold_signals();
    blocking_.join();
    passwords_.join();
    for (auto& event : auth_failures_.take_all())
        std::ignore = parts_.audit.post(std::move(event)); // the log itself reports what it refuses
}

asio::awaitable<void> proxy::report_every_second()
{
    const auto file = policy_.get()->settings.data_dir / "run" / "metrics.prom";
    for (std::uint64_t second = 0; !stopping_; ++second) {
        if (second % metrics_interval_seconds == 0)
            asio::post(blocking_, [this, file] { write_metrics(on_.counted, file); });
        tick_.expires_after(std::chrono::seconds(1));
        error_code cancelled;
        auto tick = tick_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
        co_await std::move(tick);
        for (auto& event : auth_failures_.take_due())
            if (!parts_.audit.post(std::move(event)))
                parts_.log.error("an audit event was not accepted", {{"event", "auth"}});
    }
}

asio::awaitable<void> proxy::watch_signals()
{
    for (;;) {
        error_code error;
        auto waiting = signals_.async_wait(asio::redirect_error(asio::use_awaitable, error));
        const int signal = co_await std::move(waiting);
        if (error) co_return;
        if (signal != SIGHUP) break;
        reload();
    }
    auto stopping = stop();
    co_await std::move(stopping);
}

void proxy::reload()
{
    auto settings = parts_.reload();
    if (!settings) {
        parts_.log.error("not reloaded: the configuration has problems; the old one stays");
        return;
    }
    const auto before = policy_.get();
    const auto& now = before->settings;
    if (settings->data_dir != now.data_dir || settings->cluster_name != now.cluster_name ||
        settings->audit_events_uri != now.audit_events_uri)
        parts_.log.warning("data_dir, cluster_name and the stores change only at the next start");
    settings->data_dir = now.data_dir;
    settings->cluster_name = now.cluster_name;
    settings->server_id = now.server_id;
    policy_.set(std::make_shared<policy_snapshot>(std::move(*settings)));
    if (kubernetes_listener_.is_open()) kubernetes_.reload();
    parts_.log.info("reloaded: users, roles, targets and clusters hold for new connections; "
                    "listeners and limits change at the next start");
}

asio::awaitable<void> proxy::on_every_loop(
    asio::awaitable<void> (proxy::*function)(std::size_t loop))
{
    for (std::size_t loop = 0; loop < on_.loops.size(); ++loop) {
        auto there =
            asio::co_spawn(on_.loops.at(loop), (this->*function)(loop), asio::use_awaitable);
        co_await std::move(there);
    }
}

asio::awaitable<void> proxy::tell_sessions(std::size_t loop)
{
    const std::string line = "the proxy is stopping; this session will end soon";
    ssh_.tell(loop, line);
    kubernetes_.tell(loop, line);
    co_return;
}

asio::awaitable<void> proxy::close_sessions(std::size_t loop)
{
    ssh_.close(loop, "the proxy is stopping");
    kubernetes_.close(loop, "the proxy is stopping");
    co_return;
}

asio::awaitable<void> proxy::join_tasks(std::size_t loop)
{
    auto joining = on_.tasks[loop]->join();
    co_await std::move(joining);
    kubernetes_.close_idle(loop);
}

asio::awaitable<bool> proxy::drained(std::chrono::steady_clock::time_point until)
{
    error_code ignored; // nobody cancels it
    while (on_.live != 0) {
        if (std::chrono::steady_clock::now() >= until) co_return false;
        asio::steady_timer pause(on_.loops.at(0), std::chrono::milliseconds(10));
        auto pausing = pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        co_await std::move(pausing);
    }
    co_return true;
}

asio::awaitable<void> proxy::stop()
{
    stopping_ = true;
    notify_service_manager("STOPPING=1");
    ssh_listener_.close();
    kubernetes_listener_.close();
    control_.close();
    tick_.cancel();
    parts_.log.info("stopping", {{"connections", std::uint64_t{on_.live}}});
    auto telling = on_every_loop(&proxy::tell_sessions);
    co_await std::move(telling);
    auto draining =
        drained(std::chrono::steady_clock::now() + policy_.get()->settings.drain_timeout);
    std::ignore = co_await std::move(draining); // whoever stays is closed now
    auto closing = on_every_loop(&proxy::close_sessions);
    co_await std::move(closing);
    // What has not ended by now hangs: better leave it to the repair at the next start than stay
    // for ever.
    auto ending = drained(std::chrono::steady_clock::now() + last_deadline);
    if (!co_await std::move(ending)) {
        parts_.log.error("connections do not end; leaving without them",
            {{"connections", std::uint64_t{on_.live}}});
        std::_Exit(1);
    }
    control_.hang_up();
    auto joining = on_every_loop(&proxy::join_tasks);
    co_await std::move(joining);
    on_.loops.finish();
}

} // namespace

std::unique_ptr<server> make_server(config::settings settings, const server_parts& parts)
{
    return std::make_unique<proxy>(std::move(settings), parts);
}

} // namespace verbatim::server
