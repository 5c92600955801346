#include "server/ssh_target.hpp"

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

} // namespace

bool ssh_target::wants_agent() const
{
    const auto& route = facts_.route;
    return facts_.policy->authorizer->find_target(route.target, route.port).login_with_agent;
}

std::string ssh_target::agent_used(const std::string& key, const std::string& fault)
{
    wire::port_forward event;
    event.header = facts_.header();
    event.address = "auth-agent@openssh.com";
    event.originator = "the proxy, for its login at the target";
    if (!key.empty()) event.originator += " with " + key;
    event.what =
        fault.empty() ? wire::port_forward::state::stop : wire::port_forward::state::failed;
    event.error = fault;
    facts_.post(std::move(event));
    const auto name = escape_for_log(facts_.target.name, 80);
    if (fault.empty()) {
        facts_.services.log.info("logged in at the target with the user's agent",
            {{"user", facts_.user}, {"target", facts_.target.name}, {"key", key}});
        return {};
    }
    return name + " is logged in at with your own agent (ssh -A), and " + fault;
}

asio::awaitable<result<ssh::target_connection>> ssh_target::reach(std::string& said)
{
    if (facts_.route.target.empty()) { // its sessions are answered here, and it has no more
        said = "this login names no target";
        co_return errc::not_found;
    }
    facts_.target = facts_.policy->authorizer->find_target(facts_.route.target, facts_.route.port);
    const std::string shown =
        escape_for_log(facts_.route.login, 80) + " at " + escape_for_log(facts_.route.target, 80);
    if (!facts_.services.audit.healthy()) {
        said = "no session: the audit log cannot be written. Tell your administrator.";
        facts_.reject("the audit log cannot be written");
        co_return errc::audit_failed;
    }
    std::string why;
    auto reaching =
        server::reach(*facts_.policy, facts_.user, facts_.route.login, facts_.target, why);
    auto reached = co_await std::move(reaching);
    if (!reached) {
        facts_.reject(why);
        facts_.services.log.warning("target not reached",
            {{"user", facts_.user}, {"target", facts_.target.name}, {"why", why}});
        said = reached.error() == errc::access_denied
                   ? "access denied: you may not log in as " + shown
                   : "cannot reach " + shown + ": " + reached.error().message();
        co_return reached.error();
    }
    facts_.grant = facts_.narrowed(std::move(reached->granted));
    ssh::target_connection out{std::move(reached->socket), facts_.route.login, false, {}, {}, {}};
    auto preparing = add_credentials(out, said);
    if (const auto prepared = co_await std::move(preparing); !prepared) {
        facts_.reject(said);
        co_return prepared.error();
    }
    co_return out;
}

asio::awaitable<result<std::vector<std::string>>> ssh_target::expected_host_keys()
{
    if (!facts_.target.host_keys.empty() ||
        facts_.policy->settings.ssh.target_host_keys != "accept-new")
        co_return facts_.target.host_keys;
    auto looking = asio::co_spawn(facts_.services.blocking,
        look_up(facts_.services.learned, facts_.target.host, facts_.target.port),
        asio::use_awaitable);
    const auto found = co_await std::move(looking);
    if (!found) co_return found.error();
    std::vector<std::string> out;
    for (const auto& key : *found) out.push_back(key.to_string());
    co_return out;
}

asio::awaitable<result<void>> ssh_target::add_credentials(
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
    out.by_agent = facts_.target.login_with_agent;
    // That the target may use the agent is another thing, and a role's to permit. But an authority
    // that forbids forwarding it has forbidden it to us, too.
    if (out.by_agent && !facts_.certificate.agent_forwarding) {
        said = facts_.target.name +
               " is logged in at with your own agent, which your certificate does not let you "
               "forward";
        co_return errc::access_denied;
    }
    if (out.by_agent) co_return result<void>{};
    if (facts_.target.identity_file) {
        auto reading = asio::co_spawn(facts_.services.blocking,
            read_identity(*facts_.target.identity_file), asio::use_awaitable);
        auto key = co_await std::move(reading);
        if (!key) {
            said = "the stored key of " + facts_.target.name +
                   " cannot be read. Tell your administrator.";
            co_return key.error();
        }
        out.private_key = std::move(*key);
        co_return result<void>{};
    }
    error_code unknown;
    const auto local = out.socket.local_endpoint(unknown);
    ssh::certificate_request wanted;
    wanted.login = facts_.route.login;
    wanted.key_id = facts_.user + "@" + facts_.policy->settings.cluster_name + " connection " +
                    std::to_string(static_cast<std::uint64_t>(facts_.number));
    auto address = local.address();
    if (address.is_v6()) { // the certificate knows no zones
        auto v6 = address.to_v6();
        v6.scope_id(0);
        address = v6;
    }
    if (!unknown) wanted.source_address = address.to_string();
    wanted.agent_forwarding = facts_.grant.agent_forwarding;
    wanted.x11_forwarding = facts_.grant.x11_forwarding;
    wanted.port_forwarding = facts_.grant.local_forwarding || facts_.grant.remote_forwarding;
    wanted.terminal = facts_.certificate.terminal;
    wanted.user_rc = facts_.certificate.user_rc;
    auto issued = facts_.services.issuer.issue(wanted, facts_.services.time.wall_now());
    if (!issued) {
        said = "no certificate can be made for this login name";
        co_return issued.error();
    }
    out.certificate = std::move(issued->certificate);
    out.private_key = std::move(issued->private_key);
    co_return result<void>{};
}

asio::awaitable<result<void>> ssh_target::check_host_key(const std::string& key, std::string& said)
{
    const auto shown = ssh::public_key::parse(key);
    if (!shown) co_return errc::malformed;
    if (!facts_.target.host_keys.empty()) {
        for (const auto& line : facts_.target.host_keys) {
            const auto expected = ssh::public_key::parse(line);
            if (expected && *expected == *shown) co_return result<void>{};
        }
    } else if (facts_.policy->settings.ssh.target_host_keys == "accept-new") {
        auto learning = asio::co_spawn(facts_.services.blocking,
            learn(facts_.services.learned, facts_.target.host, facts_.target.port, *shown),
            asio::use_awaitable);
        const auto verdict = co_await std::move(learning);
        if (verdict && *verdict != ssh::learned_hosts::verdict::changed) co_return result<void>{};
    }
    facts_.services.log.error("host key refused",
        {{"target", facts_.target.name}, {"address", endpoint_text(facts_.target)},
            {"shown", shown->fingerprint()}});
    said = facts_.target.host_keys.empty() &&
                   facts_.policy->settings.ssh.target_host_keys != "accept-new"
               ? "no host key is configured for " + escape_for_log(facts_.target.name, 80) +
                     ". Tell your administrator."
               : "the host key of " + escape_for_log(facts_.target.name, 80) +
                     " is not the expected one. Tell your administrator: it may be an attack.";
    co_return errc::host_key_mismatch;
}

std::string ssh_target::failed(error_code why, const std::string& detail)
{
    facts_.reject(detail.empty() ? why.message() : why.message() + ": " + detail);
    facts_.services.log.warning(
        "target failed", {{"user", facts_.user}, {"target", facts_.target.name},
                             {"why", why.message()}, {"detail", detail}});
    const auto name = escape_for_log(facts_.target.name, 80);
    if (why == errc::timed_out) return name + " did not answer in time";
    if (why == errc::target_login_refused)
        return name + " refused the login as " + escape_for_log(facts_.route.login, 80) +
               ". Does it trust the proxy's user CA?";
    return name + " ended the connection during the login: " + why.message();
}

} // namespace verbatim::server
