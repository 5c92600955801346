#pragma once

#include "server/metrics.hpp"
#include "server/policy_snapshot.hpp"
#include "server/session_registry.hpp"

#include <verbatim/base/clock.hpp>
#include <verbatim/policy/authorizer.hpp>
#include <verbatim/session/session.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace verbatim::server {

/// On what terms a session runs.
struct session_terms {
    policy::session_rules rules;
    std::optional<wall_time> certificate_expires; ///< of the login; none: it was no certificate
    policy_pointer policy;                        ///< by which others may join, and must
    policy::session_kind kind = policy::session_kind::ssh;
    bool is_forward = false; ///< a forwarded connection: seen and bounded, but not counted
    /// Called with what others will see of it, before it starts; may be null.
    std::function<void(std::shared_ptr<session::live_session>)> watch{};
};

/// What supervised sessions share; outlives them.
struct supervision {
    session_registry& sessions;
    metrics& counted;
    boost::asio::any_io_executor painter;
};

/// What roles say about recording goes into a session's facts.
void apply(const policy::session_rules& rules, session::session_facts& facts);

/// session::run_session() on these terms: in the registry, counted, bounded; or refused with a
/// line. Fills in `facts.live`, `.bounds` and `.refused`. Thread: the legs' loop.
[[nodiscard]] boost::asio::awaitable<void> run_supervised(net::leg& client, net::leg& target,
    session::session_facts facts, session_terms terms, session::session_services services,
    supervision over);

} // namespace verbatim::server
