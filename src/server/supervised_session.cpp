#include "server/supervised_session.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace verbatim::server {

namespace asio = boost::asio;

namespace {

// Nobody who only watches sees the difference.
constexpr std::chrono::milliseconds for_watchers{10};

std::string at_the_limit(std::uint32_t most)
{
    return "no session: you have " + std::to_string(most) + (most == 1 ? " session" : " sessions") +
           " already, which is as many as your roles allow (max_sessions)";
}

// How the session may be shared, and with whom it must be.
void share(session::session_facts& facts, const session_terms& terms)
{
    const auto& settings = terms.policy->settings.shared_sessions;
    facts.sharing.tell = settings.tell;
    facts.sharing.smallest = settings.smallest;
    facts.sharing.for_watchers = for_watchers;
    auto required = terms.policy->authorizer->requirements_for(facts.header.user.user, terms.kind);
    if (required.empty()) return;
    if (terms.is_forward) {
        facts.refused = "not permitted: your sessions may only run while others watch "
                        "(require_session_join), and nobody can watch this";
        return;
    }
    facts.sharing.pause_on_leave = required.pause_on_leave();
    facts.sharing.missing = [required = std::move(required), owner = facts.header.user.user](
                                const std::vector<session::party_facts>& there) {
        std::vector<policy::join_requirements::party> others;
        for (const auto& each : there)
            if (each.header.user.user != owner) // nobody watches himself
                others.push_back({each.header.user.user, each.roles, each.mode});
        return required.missing(others);
    };
}

} // namespace

void apply(const policy::session_rules& rules, session::session_facts& facts)
{
    facts.record_input = rules.record_input;
    facts.file_upload = rules.file_upload;
    facts.file_download = rules.file_download;
    facts.ssh_in_forward = rules.ssh_in_forward;
}

asio::awaitable<void> run_supervised(net::leg& client, net::leg& target,
    session::session_facts facts, session_terms terms, session::session_services services,
    supervision over)
{
    const auto& rules = terms.rules;
    facts.bounds.client_idle = rules.client_idle_timeout;
    facts.bounds.lifetime = rules.max_session_ttl;
    if (rules.disconnect_expired_cert) facts.bounds.expires = terms.certificate_expires;
    if (facts.bounds.expires && services.time.wall_now() >= *facts.bounds.expires)
        facts.refused = "no session: your certificate has expired";

    const auto loop = co_await asio::this_coro::executor;
    const auto id = facts.id.is_nil() ? session_id::random() : facts.id;
    share(facts, terms);
    facts.live = std::make_shared<session::live_session>(id, facts.header, loop, terms.kind,
        terms.policy->authorizer->roles_of(facts.header.user.user));
    if (terms.watch) terms.watch(facts.live);
    services.painter = over.painter;
    const auto entry = terms.is_forward ? std::optional(over.sessions.enter_uncounted(facts.live))
                                        : over.sessions.enter(facts.live, rules.max_sessions);
    if (!entry) facts.refused = at_the_limit(rules.max_sessions);

    const bool starts = facts.refused.empty();
    if (starts) {
        ++over.counted.sessions;
        ++over.counted.sessions_now;
    } else {
        ++over.counted.sessions_rejected;
    }
    auto running = session::run_session(client, target, std::move(facts), services);
    co_await std::move(running);
    if (starts) --over.counted.sessions_now;
}

} // namespace verbatim::server
