#include "server/ssh_owner.hpp"

#include "server/target_reach.hpp"

#include <verbatim/base/text.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fstream>
#include <iterator>

namespace verbatim::server {

namespace asio = boost::asio;

namespace {

asio::awaitable<result<ssh::learned_hosts::verdict>> learn(
    const ssh::learned_hosts& hosts, std::string host, std::uint16_t port, ssh::public_key key)
{
    // check_or_learn() keeps no state but the file's path, so the copy is as good as the original.
    ssh::learned_hosts here = hosts;
    co_return here.check_or_learn(host, port, key);
}

asio::awaitable<result<std::vector<ssh::public_key>>> look_up(
    const ssh::learned_hosts& hosts, std::string host, std::uint16_t port)
{
    co_return hosts.keys_of(host, port);
}

asio::awaitable<result<secret>> read_identity(std::filesystem::path file)
{
    std::ifstream in(file, std::ios::binary);
    if (!in) co_return errc::io_error;
    std::string text{std::istreambuf_iterator<char>(in), {}};
    co_return secret(std::move(text));
}

// Of one connection: the rest is summed at its end, so that a flood cannot fill the books.
constexpr std::uint64_t refused_singly = 10;

std::string endpoint_text(const policy::target& target)
{
    const bool v6 = target.host.find(':') != std::string::npos;
    return (v6 ? '[' + target.host + ']' : target.host) + ':' + std::to_string(target.port);
}

} // namespace

ssh_owner::ssh_owner(policy_pointer policy, const ssh_services& services, connection_number number,
    peer_addresses peer, std::function<void()> logged_in)
    : policy_(std::move(policy)), services_(services), number_(number), peer_(std::move(peer)),
      logged_in_(std::move(logged_in))
{}

std::optional<ssh_owner::identity> ssh_owner::identify(const ssh::login_request& request) const
{
    if (request.key.empty()) return {};
    const auto route = policy::parse_route(request.user_name);
    if (!route) return {};
    auto user = policy_->authorizer->user_of_key(request.key);
    if (!user) return {};
    if (!route->user.empty() && route->user != *user) return {};
    // A bare name asks for no target; it must be the user's own.
    if (route->target.empty() && route->command.empty() && route->login != *user) return {};
    return identity{std::move(*user), *route};
}

bool ssh_owner::is_acceptable(const ssh::login_request& request)
{
    return identify(request).has_value();
}

wire::event_header ssh_owner::header() const
{
    wire::event_header out;
    out.metadata.cluster_name = policy_->settings.cluster_name;
    out.metadata.time = to_milliseconds(services_.time.wall_now());
    out.user.user = who_.user;
    out.user.login = who_.route.login;
    out.user.roles = grant_.roles;
    out.server.server_id = services_.server_id;
    if (!target_.name.empty()) {
        out.server.server_hostname = target_.name;
        out.server.server_addr = endpoint_text(target_);
        out.server.server_labels = target_.labels;
    }
    out.connection = {peer_.local, peer_.remote, "ssh", static_cast<std::uint64_t>(number_)};
    return out;
}

void ssh_owner::post(wire::event event)
{
    const auto type = std::string(wire::type_of(event));
    if (const auto posted = services_.audit.post(std::move(event)); !posted)
        services_.log.error("an audit event was not accepted",
            {{"event", type}, {"error", posted.error().message()}});
}

void ssh_owner::reject(const std::string& reason)
{
    ++services_.counted.sessions_rejected;
    wire::session_reject event;
    event.header = header();
    event.reason = reason;
    post(std::move(event));
}

asio::awaitable<result<void>> ssh_owner::log_in(const ssh::login_request& request)
{
    auto known = identify(request);
    if (!known) co_return errc::access_denied;
    who_ = std::move(*known);
    client_version_ = request.client_version;
    wire::user_login event;
    event.header = header();
    event.user_agent = client_version_;
    auto committing = services_.audit.commit(std::move(event));
    if (const auto committed = co_await std::move(committing); !committed) {
        services_.log.error("a login was refused: its event cannot be written",
            {{"user", who_.user}, {"error", committed.error().message()}});
        co_return committed.error();
    }
    services_.log.info("login", {{"connection", static_cast<std::uint64_t>(number_)},
                                    {"user", who_.user}, {"remote", peer_.remote}});
    ++services_.counted.logins;
    logged_in_();
    co_return result<void>{};
}

void ssh_owner::login_refused(const ssh::login_request& request)
{
    ++services_.counted.login_tries_refused;
    const auto route = policy::parse_route(request.user_name);
    wire::auth_attempt event;
    event.header = header();
    event.header.user = {};
    const auto owner =
        request.key.empty() ? std::nullopt : policy_->authorizer->user_of_key(request.key);
    if (owner) event.header.user.user = *owner;
    else event.header.user.user = route && !route->user.empty() ? route->user : request.user_name;
    if (event.header.user.user.size() > 512) event.header.user.user.resize(512);
    if (route) event.header.user.login = route->login;
    event.error = !route  ? "the user name is not of the form login@target"
                  : owner ? "the key's owner may not use this user name"
                          : "no user has this key (" + request.method + ")";
    services_.log.warning("login refused",
        {{"remote", peer_.remote}, {"name", request.user_name}, {"why", event.error}});
    if (auto now = services_.auth_failures.add(peer_.source, std::move(event)))
        post(std::move(*now));
}

std::string ssh_owner::no_target_answer() const
{
    std::string out =
        "name a target in the user name: ssh login@target@" +
        (policy_->settings.public_addr.empty() ? "PROXY" : policy_->settings.public_addr);
    const auto reachable = policy_->authorizer->reachable_targets(who_.user);
    if (reachable.empty()) return out + ". You may reach none yet.";
    out += ". You may reach:";
    constexpr std::size_t shown = 20;
    for (std::size_t i = 0; i < reachable.size() && i < shown; ++i) {
        out += "\r\n  " + reachable[i].target + "  as";
        for (const auto& login : reachable[i].logins) out += ' ' + login;
    }
    if (reachable.size() > shown)
        out += "\r\n  and " + std::to_string(reachable.size() - shown) + " more";
    return out;
}

asio::awaitable<result<ssh::target_connection>> ssh_owner::reach_target(std::string& said)
{
    if (!who_.route.command.empty()) {
        said = "+" + escape_for_log(who_.route.command, 40) + " is not available here";
        co_return errc::not_found;
    }
    if (who_.route.target.empty()) {
        said = no_target_answer();
        co_return errc::not_found;
    }
    target_ = policy_->authorizer->find_target(who_.route.target, who_.route.port);
    const std::string shown =
        escape_for_log(who_.route.login, 80) + " at " + escape_for_log(who_.route.target, 80);
    if (!services_.audit.healthy()) {
        said = "no session: the audit log cannot be written. Tell your administrator.";
        reject("the audit log cannot be written");
        co_return errc::audit_failed;
    }
    std::string why;
    auto reaching = reach(*policy_, who_.user, who_.route.login, target_, why);
    auto reached = co_await std::move(reaching);
    if (!reached) {
        reject(why);
        services_.log.warning(
            "target not reached", {{"user", who_.user}, {"target", target_.name}, {"why", why}});
        said = reached.error() == errc::access_denied
                   ? "access denied: you may not log in as " + shown
                   : "cannot reach " + shown + ": " + reached.error().message();
        co_return reached.error();
    }
    grant_ = std::move(reached->granted);
    ssh::target_connection out{std::move(reached->socket), who_.route.login, {}, {}, {}};
    auto preparing = add_credentials(out, said);
    if (const auto prepared = co_await std::move(preparing); !prepared) {
        reject(said);
        co_return prepared.error();
    }
    co_return out;
}

asio::awaitable<result<std::vector<std::string>>> ssh_owner::expected_host_keys()
{
    if (!target_.host_keys.empty() || policy_->settings.ssh.target_host_keys != "accept-new")
        co_return target_.host_keys;
    auto looking = asio::co_spawn(services_.blocking,
        look_up(services_.learned, target_.host, target_.port), asio::use_awaitable);
    const auto found = co_await std::move(looking);
    if (!found) co_return found.error();
    std::vector<std::string> out;
    for (const auto& key : *found) out.push_back(key.to_string());
    co_return out;
}

asio::awaitable<result<void>> ssh_owner::add_credentials(
    ssh::target_connection& out, std::string& said)
{
    auto expecting = expected_host_keys();
    auto keys = co_await std::move(expecting);
    if (!keys) {
        said = "the file of learned host keys cannot be read. Tell your administrator.";
        co_return keys.error();
    }
    for (auto& key : *keys)
        if (const auto parsed = ssh::public_key::parse(key))
            out.host_keys.push_back(parsed->to_string());
    if (target_.identity_file) {
        auto reading = asio::co_spawn(
            services_.blocking, read_identity(*target_.identity_file), asio::use_awaitable);
        auto key = co_await std::move(reading);
        if (!key) {
            said =
                "the stored key of " + target_.name + " cannot be read. Tell your administrator.";
            co_return key.error();
        }
        out.private_key = std::move(*key);
        co_return result<void>{};
    }
    error_code unknown;
    const auto local = out.socket.local_endpoint(unknown);
    ssh::certificate_request wanted;
    wanted.login = who_.route.login;
    wanted.key_id = who_.user + "@" + policy_->settings.cluster_name + " connection " +
                    std::to_string(static_cast<std::uint64_t>(number_));
    auto address = local.address();
    if (address.is_v6()) { // the certificate knows no zones
        auto v6 = address.to_v6();
        v6.scope_id(0);
        address = v6;
    }
    if (!unknown) wanted.source_address = address.to_string();
    wanted.agent_forwarding = grant_.agent_forwarding;
    wanted.x11_forwarding = grant_.x11_forwarding;
    wanted.port_forwarding = grant_.port_forwarding;
    auto issued = services_.issuer.issue(wanted, services_.time.wall_now());
    if (!issued) {
        said = "no certificate can be made for this login name";
        co_return issued.error();
    }
    out.certificate = std::move(issued->certificate);
    out.private_key = std::move(issued->private_key);
    co_return result<void>{};
}

asio::awaitable<result<void>> ssh_owner::check_host_key(const std::string& key, std::string& said)
{
    const auto shown = ssh::public_key::parse(key);
    if (!shown) co_return errc::malformed;
    if (!target_.host_keys.empty()) {
        for (const auto& line : target_.host_keys) {
            const auto expected = ssh::public_key::parse(line);
            if (expected && *expected == *shown) co_return result<void>{};
        }
    } else if (policy_->settings.ssh.target_host_keys == "accept-new") {
        auto learning = asio::co_spawn(services_.blocking,
            learn(services_.learned, target_.host, target_.port, *shown), asio::use_awaitable);
        const auto verdict = co_await std::move(learning);
        if (verdict && *verdict != ssh::learned_hosts::verdict::changed) co_return result<void>{};
    }
    services_.log.error(
        "host key refused", {{"target", target_.name}, {"address", endpoint_text(target_)},
                                {"shown", shown->fingerprint()}});
    said = target_.host_keys.empty() && policy_->settings.ssh.target_host_keys != "accept-new"
               ? "no host key is configured for " + escape_for_log(target_.name, 80) +
                     ". Tell your administrator."
               : "the host key of " + escape_for_log(target_.name, 80) +
                     " is not the expected one. Tell your administrator: it may be an attack.";
    co_return errc::host_key_mismatch;
}

std::string ssh_owner::target_failed(error_code why, const std::string& detail)
{
    reject(detail.empty() ? why.message() : why.message() + ": " + detail);
    services_.log.warning("target failed", {{"user", who_.user}, {"target", target_.name},
                                               {"why", why.message()}, {"detail", detail}});
    const auto name = escape_for_log(target_.name, 80);
    if (why == errc::target_login_refused)
        return name + " refused the login as " + escape_for_log(who_.route.login, 80) +
               ". Does it trust the proxy's user CA?";
    if (why == errc::timed_out) return name + " did not answer in time";
    return name + " ended the connection during the login: " + why.message();
}

void ssh_owner::forward_refused(std::string_view kind)
{
    const std::string what(kind);
    if (++refused_requests_ > refused_singly) return;
    services_.log.warning("not permitted", {{"user", who_.user}, {"request", what}});
    if (what != "tcpip-forward" && what != "direct-tcpip" && what.find("streamlocal") == what.npos)
        return;
    wire::port_forward event;
    event.header = header();
    event.what = wire::port_forward::state::failed;
    event.error = what + " is not permitted";
    post(std::move(event));
}

asio::awaitable<void> ssh_owner::run_session(net::leg& client, net::leg& target)
{
    session::session_facts facts;
    facts.header = header();
    const auto& settings = policy_->settings;
    if (settings.session_recording == "off") {
        facts.recording = session::recording_mode::off;
        facts.recording_label = "off";
    } else if (!grant_.strict_recording) {
        facts.recording = session::recording_mode::best_effort;
    }
    facts.record_input = settings.record_input != "off";
    ++services_.counted.sessions;
    ++services_.counted.sessions_now;
    auto running = session::run_session(client, target, std::move(facts),
        {services_.store, services_.audit, services_.time, services_.log});
    co_await std::move(running);
    --services_.counted.sessions_now;
}

void ssh_owner::disconnected(const std::string& reason)
{
    if (refused_requests_ > refused_singly) {
        wire::port_forward event;
        event.header = header();
        event.what = wire::port_forward::state::failed;
        event.error = std::to_string(refused_requests_ - refused_singly) +
                      " more requests of this connection were not permitted";
        post(std::move(event));
    }
    wire::client_disconnect event;
    event.header = header();
    event.reason = reason;
    post(std::move(event));
}

} // namespace verbatim::server
