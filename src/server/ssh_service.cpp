#include "server/ssh_service.hpp"

#include <stdexcept>

namespace verbatim::server {

namespace asio = boost::asio;

namespace {

std::string comma_list(const std::vector<std::string>& names)
{
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : ",") + name;
    return out;
}

std::unique_ptr<ssh::host_keys> load_keys(const ssh::key_store& store)
{
    std::vector<const secret*> texts;
    for (const auto& key : store.host_keys()) texts.push_back(&key.private_text);
    auto parsed = ssh::load_host_keys(texts);
    if (!parsed)
        throw std::runtime_error(
            "a host key in " + store.user_ca().file.parent_path().string() +
            " cannot be used; move it away and start again to have it made anew");
    return std::move(*parsed);
}

} // namespace

ssh_service::ssh_service(const policy_holder& policy, serving& on, const ssh::key_store& keys,
    const ssh_services& services)
    : policy_(policy), on_(on), services_(services)
{
    const auto& ssh = policy_.get()->settings.ssh;
    limits_.login_grace = ssh.login_grace_time;
    limits_.max_auth_tries = ssh.max_auth_tries;
    limits_.max_channels = ssh.max_sessions_per_connection;
    limits_.target_deadline = ssh.dial_timeout;
    limits_.keepalive_interval = ssh.keepalive_interval;
    algorithms_ = {comma_list(ssh.kex), comma_list(ssh.ciphers), comma_list(ssh.macs),
        comma_list(ssh.target_kex), comma_list(ssh.target_ciphers)};
    for (std::size_t i = 0; i < on.loops.size(); ++i) {
        parts_.push_back(std::make_unique<part>());
        parts_.back()->buffers = ssh::make_loop_state();
        parts_.back()->keys = load_keys(keys);
    }
}

asio::awaitable<void> ssh_service::serve(std::size_t loop, admitted_connection connection)
{
    const auto number = connection.number;
    const auto remote = connection.peer.remote;
    ssh_connection_facts facts{
        policy_.get(), services_, number, std::move(connection.peer), {}, {}, {}, {}, {}, {}, {}};
    auto serving = serve_one(
        loop, std::move(connection.socket), std::move(facts), std::move(connection.logged_in));
    const auto outcome = co_await std::move(serving);
    count(outcome.how);
    on_.log.info(outcome.logged_in ? "disconnected" : "not logged in",
        {{"connection", static_cast<std::uint64_t>(number)}, {"remote", remote},
            {"reason", outcome.reason}});
}

asio::awaitable<void> ssh_service::serve_inner(
    std::size_t loop, ssh::stream_socket stream, ssh_connection_facts facts)
{
    const auto number = facts.number;
    const auto to = facts.jump->host;
    auto serving = serve_one(loop, std::move(stream), std::move(facts), [] {});
    const auto outcome = co_await std::move(serving);
    on_.log.info(outcome.logged_in ? "jump ended" : "jump not logged in",
        {{"connection", static_cast<std::uint64_t>(number)}, {"to", to},
            {"reason", outcome.reason}});
}

asio::awaitable<ssh::connection_outcome> ssh_service::serve_one(std::size_t loop,
    ssh::stream_socket socket, ssh_connection_facts facts, std::function<void()> logged_in)
{
    part& here = *parts_[loop];
    ssh_owner owner(std::move(facts), std::move(logged_in),
        [this, loop](ssh::stream_socket stream, ssh_connection_facts inner) {
            return serve_inner(loop, std::move(stream), std::move(inner));
        });
    const auto client = ssh::make_client_connection(
        std::move(socket), {owner, *here.keys, limits_, algorithms_, *here.buffers, on_.log});
    const live_set<ssh::client_connection>::entry entry(here.live, *client);
    auto running = client->run();
    auto outcome = co_await std::move(running);
    if (outcome.logged_in) owner.disconnected(outcome.reason);
    co_return outcome;
}

void ssh_service::count(ssh::connection_outcome::end how)
{
    using end = ssh::connection_outcome::end;
    if (how == end::too_slow) ++on_.counted.grace_expired;
    if (how == end::too_many_tries) ++on_.counted.tries_exhausted;
    if (how == end::broken) ++on_.counted.broken_before_login;
}

void ssh_service::tell(std::size_t loop, const std::string& line) { parts_[loop]->live.tell(line); }

void ssh_service::close(std::size_t loop, const std::string& line)
{
    parts_[loop]->live.close(line);
}

} // namespace verbatim::server
