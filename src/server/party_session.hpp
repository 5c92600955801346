#pragma once

#include <verbatim/base/clock.hpp>
#include <verbatim/base/log.hpp>
#include <verbatim/net/leg.hpp>
#include <verbatim/session/live_session.hpp>
#include <verbatim/session/party.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

namespace verbatim::server {

/// How somebody takes part in a session, and by what keys he leaves.
struct party_terms {
    session::party_facts who;
    char escape;
    std::optional<wall_time> expires{}; ///< the end of his visit
    bool has_terminal = false;
};

/// Joins `live` for the one at `joiner`, and serves him until he leaves, or either ends. Closes the
/// leg with a last line. Thread: the leg's loop.
[[nodiscard]] boost::asio::awaitable<void> run_party(net::leg& joiner,
    std::shared_ptr<session::live_session> live, party_terms terms, const clock& time, logger& log);

} // namespace verbatim::server
