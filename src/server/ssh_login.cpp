#include "server/ssh_login.hpp"

#include <boost/asio/use_awaitable.hpp>

namespace verbatim::server {

namespace asio = boost::asio;

std::optional<ssh_login::identity> ssh_login::identify(const ssh::login_request& request) const
{
    if (request.key.empty()) return {};
    const auto route = policy::parse_route(request.user_name);
    if (!route) return {};
    auto user = facts_.policy->authorizer->user_of_key(request.key);
    if (!user) return {};
    if (!route->user.empty() && route->user != *user) return {};
    // A bare name asks for no target; it must be the user's own.
    if (route->target.empty() && route->command.empty() && route->login != *user) return {};
    return identity{std::move(*user), *route};
}

bool ssh_login::is_acceptable(const ssh::login_request& request) const
{
    return identify(request).has_value();
}

asio::awaitable<result<void>> ssh_login::log_in(const ssh::login_request& request)
{
    auto known = identify(request);
    if (!known) co_return errc::access_denied;
    facts_.user = std::move(known->user);
    facts_.route = std::move(known->route);
    facts_.client_version = request.client_version;
    wire::user_login event;
    event.header = facts_.header();
    event.user_agent = facts_.client_version;
    auto committing = facts_.services.audit.commit(std::move(event));
    if (const auto committed = co_await std::move(committing); !committed) {
        facts_.services.log.error("a login was refused: its event cannot be written",
            {{"user", facts_.user}, {"error", committed.error().message()}});
        co_return committed.error();
    }
    facts_.services.log.info("login", {{"connection", static_cast<std::uint64_t>(facts_.number)},
                                          {"user", facts_.user}, {"remote", facts_.peer.remote}});
    ++facts_.services.counted.logins;
    logged_in_();
    co_return result<void>{};
}

void ssh_login::refused(const ssh::login_request& request)
{
    ++facts_.services.counted.login_tries_refused;
    const auto route = policy::parse_route(request.user_name);
    wire::auth_attempt event;
    event.header = facts_.header();
    event.header.user = {};
    const auto owner =
        request.key.empty() ? std::nullopt : facts_.policy->authorizer->user_of_key(request.key);
    if (owner) event.header.user.user = *owner;
    else event.header.user.user = route && !route->user.empty() ? route->user : request.user_name;
    if (event.header.user.user.size() > 512) event.header.user.user.resize(512);
    if (route) event.header.user.login = route->login;
    event.error = !route  ? "the user name is not of the form login@target"
                  : owner ? "the key's owner may not use this user name"
                          : "no user has this key (" + request.method + ")";
    facts_.services.log.warning("login refused",
        {{"remote", facts_.peer.remote}, {"name", request.user_name}, {"why", event.error}});
    if (auto now = facts_.services.auth_failures.add(facts_.peer.source, std::move(event)))
        facts_.post(std::move(*now));
}

} // namespace verbatim::server
