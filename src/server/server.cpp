#include <verbatim/server/server.hpp>

#include "server/admission.hpp"
#include "server/metrics.hpp"
#include "server/signals.hpp"
#include "server/ssh_owner.hpp"

#include <verbatim/net/loop_pool.hpp>
#include <verbatim/net/task_group.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <set>
#include <stdexcept>

namespace verbatim::server {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr int accept_backlog = 1024;
constexpr std::chrono::seconds last_deadline{40}; // a dial and a login at a dead target, and more

constexpr std::uint64_t metrics_interval_seconds = 5;
// Out of descriptors: connections wait in the backlog until some are closed.
constexpr std::chrono::milliseconds accept_pause{100};

std::string text_of(const tcp::endpoint& endpoint)
{
    const auto address = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? '[' + address + ']' : address) + ':' +
           std::to_string(endpoint.port());
}

/// What belongs to one event loop.
struct loop_part {
    loop_part(asio::io_context& l, const ssh::key_store& store, logger& log)
        : loop(l), buffers(ssh::make_loop_state()), tasks(l.get_executor(), log)
    {
        std::vector<const secret*> texts;
        for (const auto& key : store.host_keys()) texts.push_back(&key.private_text);
        auto parsed = ssh::load_host_keys(texts);
        if (!parsed)
            throw std::runtime_error(
                "a host key in " + store.user_ca().file.parent_path().string() +
                " cannot be used; move it away and start again to have it made anew");
        keys = std::move(*parsed);
    }

    asio::io_context& loop;
    std::unique_ptr<ssh::loop_state> buffers;
    std::unique_ptr<ssh::host_keys> keys;
    net::task_group tasks;
    std::set<ssh::client_connection*> live;
};

/// A connection in the set of the living ones, whatever ends it.
class live_entry {
public:
    live_entry(std::set<ssh::client_connection*>& all, ssh::client_connection* one)
        : all_(all), one_(one)
    {
        all_.insert(one_);
    }
    ~live_entry() { all_.erase(one_); }
    live_entry(const live_entry&) = delete;
    live_entry& operator=(const live_entry&) = delete;

private:
    std::set<ssh::client_connection*>& all_;
    ssh::client_connection* one_;
};

class proxy final : public server {
public:
    proxy(config::settings settings, const server_parts& parts);
    void run() override;

private:
    void open_listener();
    asio::awaitable<void> accept_connections();
    asio::awaitable<void> watch_signals();
    asio::awaitable<void> report_every_second();
    void count(ssh::connection_outcome::end how);
    asio::awaitable<void> serve(
        tcp::socket socket, loop_part& part, connection_number number, peer_addresses peer);
    asio::awaitable<void> stop();
    void admit(tcp::socket socket, loop_part& part);
    void reload();
    template <class Function>
    asio::awaitable<void> on_every_loop(Function function);

    const server_parts parts_;
    policy_pointer policy_; // the newest; replaced by reload() on the first loop only
    ssh::connection_limits limits_;
    ssh::algorithm_choice algorithms_;
    net::loop_pool loops_;
    std::vector<std::unique_ptr<loop_part>> loop_parts_;
    asio::thread_pool blocking_{1};
    audit::auth_failure_limiter auth_failures_;
    ssh::certificate_issuer issuer_;
    ssh::learned_hosts learned_;
    metrics counted_;
    ssh_services services_;
    admission admission_; // used on the first loop only, as all below
    tcp::acceptor acceptor_;
    asio::signal_set signals_;
    asio::steady_timer tick_;
    net::task_group tasks_;
    std::uint64_t next_connection_ = 1;
    std::atomic<std::size_t> live_count_{0};
    bool stopping_ = false;
};

std::string comma_list(const std::vector<std::string>& names)
{
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : ",") + name;
    return out;
}

ssh::certificate_issuer make_issuer(const ssh::key_store& keys)
{
    auto issuer = ssh::certificate_issuer::create(keys.user_ca().private_text);
    if (!issuer)
        throw std::runtime_error("the user CA " + keys.user_ca().file.string() +
                                 " cannot be used: " + issuer.error().message());
    return std::move(*issuer);
}

proxy::proxy(config::settings settings, const server_parts& parts)
    : parts_(parts), policy_(std::make_shared<policy_snapshot>(std::move(settings))),
      loops_(policy_->settings.loops), auth_failures_({}, parts.time),
      issuer_(make_issuer(parts.keys)),
      learned_(policy_->settings.data_dir / "known_hosts"), services_{issuer_, learned_,
                                                                parts.store, parts.audit,
                                                                auth_failures_, blocking_,
                                                                parts.time, parts.log,
                                                                policy_->settings.server_id,
                                                                counted_},
      admission_({policy_->settings.ssh.max_unauthenticated,
          policy_->settings.ssh.max_unauthenticated_per_source}),
      acceptor_(loops_.at(0)), signals_(loops_.at(0), SIGINT, SIGTERM, SIGHUP), tick_(loops_.at(0)),
      tasks_(loops_.at(0).get_executor(), parts.log)
{
    const auto& ssh = policy_->settings.ssh;
    limits_.login_grace = ssh.login_grace_time;
    limits_.max_auth_tries = ssh.max_auth_tries;
    limits_.max_channels = ssh.max_sessions_per_connection;
    limits_.target_deadline = ssh.dial_timeout;
    limits_.keepalive_interval = ssh.keepalive_interval;
    algorithms_ = {comma_list(ssh.kex), comma_list(ssh.ciphers), comma_list(ssh.target_kex),
        comma_list(ssh.target_ciphers)};
    for (std::size_t i = 0; i < loops_.size(); ++i)
        loop_parts_.push_back(std::make_unique<loop_part>(loops_.at(i), parts.keys, parts.log));
}

void proxy::open_listener()
{
    const auto& listen = policy_->settings.ssh.listen;
    if (!listen)
        throw std::runtime_error("nothing to listen on: set `ssh: {listen: \"0.0.0.0:3022\"}`");
    error_code error;
    const auto address = asio::ip::make_address(listen->host, error);
    const tcp::endpoint endpoint(address, listen->port);
    const auto fail = [&](const char* what) {
        throw std::runtime_error(std::string(what) + ' ' + text_of(endpoint) + ": " +
                                 error.message() +
                                 ". Is another proxy running? Choose another ssh.listen.");
    };
    if (error) fail("not an address:");
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(accept_backlog, error);
    if (error) fail("cannot listen on");
}

void proxy::run()
{
    raise_descriptor_limit();
    open_listener();
    tasks_.spawn("accept", accept_connections());
    tasks_.spawn("signals", watch_signals());
    tasks_.spawn("reports", report_every_second());
    const auto bound = text_of(acceptor_.local_endpoint());
    parts_.log.info("listening", {{"ssh", bound}, {"loops", std::uint64_t{loops_.size()}}});
    parts_.ready("ready ssh=" + bound);
    notify_service_manager("READY=1");
    let_signals_in();
    loops_.run();
    hold_signals();
    blocking_.join();
    for (auto& event : auth_failures_.take_all())
        std::ignore = parts_.audit.post(std::move(event)); // the log itself reports what it refuses
}

asio::awaitable<void> proxy::accept_connections()
{
    std::size_t turn = 0;
    while (!stopping_) {
        loop_part& part = *loop_parts_[turn++ % loop_parts_.size()];
        tcp::socket socket(part.loop);
        error_code error;
        auto accepting =
            acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
        co_await std::move(accepting);
        if (stopping_) co_return;
        if (!error) {
            admit(std::move(socket), part);
            continue;
        }
        parts_.log.error("cannot accept a connection", {{"error", error.message()}});
        asio::steady_timer pause(loops_.at(0), accept_pause);
        auto pausing = pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
        co_await std::move(pausing);
    }
}

void proxy::admit(tcp::socket socket, loop_part& part)
{
    error_code gone;
    const auto remote = socket.remote_endpoint(gone);
    const auto local = socket.local_endpoint(gone);
    if (gone) return; // it has left already
    peer_addresses peer{text_of(local), text_of(remote), source_of(remote.address())};
    const auto verdict = admission_.enter(peer.source);
    if (verdict != admission::verdict::admitted) {
        ++(verdict == admission::verdict::too_many ? counted_.refused_in_all
                                                   : counted_.refused_per_source);
        parts_.log.warning(verdict == admission::verdict::too_many
                               ? "connection refused: ssh.max_unauthenticated reached"
                               : "connection refused: ssh.max_unauthenticated_per_source reached",
            {{"remote", peer.remote}, {"waiting", std::uint64_t{admission_.waiting()}}});
        return;
    }
    const auto number = static_cast<connection_number>(next_connection_++);
    ++live_count_;
    ++counted_.connections;
    ++counted_.connections_now;
    ++counted_.unauthenticated_now;
    asio::post(part.loop, [this, &part, number, peer = std::move(peer),
                              socket = std::move(socket)]() mutable {
        part.tasks.spawn("ssh connection", serve(std::move(socket), part, number, std::move(peer)));
    });
}

asio::awaitable<void> proxy::serve(
    tcp::socket socket, loop_part& part, connection_number number, peer_addresses peer)
{
    const auto source = peer.source;
    const auto remote = peer.remote;
    bool waiting = true;
    const auto leave = [this, source, &waiting] {
        if (!std::exchange(waiting, false)) return;
        --counted_.unauthenticated_now;
        asio::post(loops_.at(0), [this, source] { admission_.leave(source); });
    };
    try {
        ssh_owner owner(std::atomic_load(&policy_), services_, number, std::move(peer), leave);
        const auto connection = ssh::make_client_connection(std::move(socket),
            {owner, *part.keys, limits_, algorithms_, *part.buffers, parts_.log});
        const live_entry entry(part.live, connection.get());
        auto running = connection->run();
        const auto outcome = co_await std::move(running);
        if (outcome.logged_in) owner.disconnected(outcome.reason);
        count(outcome.how);
        parts_.log.info(outcome.logged_in ? "disconnected" : "not logged in",
            {{"connection", static_cast<std::uint64_t>(number)}, {"remote", remote},
                {"reason", outcome.reason}});
    } catch (const std::exception& e) {
        parts_.log.error("a connection failed",
            {{"connection", static_cast<std::uint64_t>(number)}, {"what", e.what()}});
    }
    leave();
    --counted_.connections_now;
    --live_count_;
}

void proxy::count(ssh::connection_outcome::end how)
{
    using end = ssh::connection_outcome::end;
    if (how == end::too_slow) ++counted_.grace_expired;
    if (how == end::too_many_tries) ++counted_.tries_exhausted;
    if (how == end::broken) ++counted_.broken_before_login;
}

asio::awaitable<void> proxy::report_every_second()
{
    const auto file = policy_->settings.data_dir / "run" / "metrics.prom";
    for (std::uint64_t second = 0; !stopping_; ++second) {
        if (second % metrics_interval_seconds == 0)
            asio::post(blocking_, [this, file] { write_metrics(counted_, file); });
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
    const auto& now = policy_->settings;
    if (settings->data_dir != now.data_dir || settings->cluster_name != now.cluster_name ||
        settings->audit_events_uri != now.audit_events_uri)
        parts_.log.warning("data_dir, cluster_name and the stores change only at the next start");
    settings->data_dir = now.data_dir;
    settings->cluster_name = now.cluster_name;
    settings->server_id = now.server_id;
    std::atomic_store(
        &policy_, policy_pointer(std::make_shared<policy_snapshot>(std::move(*settings))));
    parts_.log.info("reloaded: users, roles and targets hold for new connections; "
                    "listeners and limits change at the next start");
}

template <class Function>
asio::awaitable<void> proxy::on_every_loop(Function function)
{
    for (const auto& part : loop_parts_) {
        auto there = asio::co_spawn(part->loop, function(*part), asio::use_awaitable);
        co_await std::move(there);
    }
}

asio::awaitable<void> tell_sessions(loop_part& part)
{
    for (auto* connection : part.live)
        connection->notice("the proxy is stopping; this session will end soon");
    co_return;
}

asio::awaitable<void> close_sessions(loop_part& part)
{
    const std::set<ssh::client_connection*> closing = part.live; // close() may end one at once
    for (auto* connection : closing)
        if (part.live.contains(connection)) connection->close("the proxy is stopping");
    co_return;
}

asio::awaitable<void> join_tasks(loop_part& part)
{
    auto joining = part.tasks.join();
    co_await std::move(joining);
}

asio::awaitable<void> proxy::stop()
{
    stopping_ = true;
    notify_service_manager("STOPPING=1");
    error_code ignored; // it is open; closing it cannot fail in a way that matters now
    acceptor_.close(ignored);
    tick_.cancel();
    parts_.log.info("stopping", {{"connections", std::uint64_t{live_count_}}});
    auto telling = on_every_loop(tell_sessions);
    co_await std::move(telling);
    const auto until = std::chrono::steady_clock::now() + policy_->settings.drain_timeout;
    while (live_count_ != 0 && std::chrono::steady_clock::now() < until) {
        asio::steady_timer pause(loops_.at(0), std::chrono::milliseconds(50));
        auto pausing = pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        co_await std::move(pausing);
    }
    auto closing = on_every_loop(close_sessions);
    co_await std::move(closing);
    // What has not ended by now hangs: better leave it to the repair at the next start than stay
    // for ever.
    const auto last = std::chrono::steady_clock::now() + last_deadline;
    while (live_count_ != 0) {
        if (std::chrono::steady_clock::now() > last) {
            parts_.log.error("connections do not end; leaving without them",
                {{"connections", std::uint64_t{live_count_}}});
            std::_Exit(1);
        }
        asio::steady_timer pause(loops_.at(0), std::chrono::milliseconds(10));
        auto pausing = pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        co_await std::move(pausing);
    }
    auto joining = on_every_loop(join_tasks);
    co_await std::move(joining);
    loops_.finish();
}

} // namespace

std::unique_ptr<server> make_server(config::settings settings, const server_parts& parts)
{
    return std::make_unique<proxy>(std::move(settings), parts);
}

} // namespace verbatim::server
