#pragma once
// Both sides' upgrades of one stream: the cluster's first, so that what it refuses reaches the
// client as the HTTP answer it is.

#include "kube/exchange.hpp"
#include "kube/request_passing.hpp"
#include "kube/upgrade.hpp"
#include "kube/upstream.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>

namespace verbatim::kube {

/// A stream to the cluster that is ready for use.
struct target_upgrade {
    upstream_connection_pointer connection;
    upgrade_kind kind = upgrade_kind::spdy;
    wire::remote_command::version protocol = wire::remote_command::version::v4;
};

/// Asks the cluster by SPDY: nothing runs there yet when it agrees, since its side waits for the
/// streams. A cluster that does not speak SPDY, or has something before it that does not, gives no
/// connection; then WebSocket is tried, by upgrade_by_websocket(). Any other answer is passed to
/// the client: errc::access_denied, with `again` set if the connection may carry another request.
/// A client that leaves ends it, with the same error.
[[nodiscard]] boost::asio::awaitable<result<std::optional<target_upgrade>>> upgrade_by_spdy(
    client_side& client, client_watch& watch, const exchange& of, bool& again);

/// The same for a client that has had its 101 already. Errors: as request_upgrade(), and
/// errc::access_denied with the answer's words in `why`.
[[nodiscard]] boost::asio::awaitable<result<std::optional<target_upgrade>>> upgrade_late_by_spdy(
    const exchange& of, std::string& why, upgrade_hold& hold);

/// Errors: as request_upgrade(), and errc::access_denied with the answer's words in `why`.
[[nodiscard]] boost::asio::awaitable<result<target_upgrade>> upgrade_by_websocket(
    const exchange& of, std::string& why, upgrade_hold& hold);

/// Judges the client's upgrade; an answer that refuses it has been given on errc::access_denied.
[[nodiscard]] boost::asio::awaitable<result<upgrade_offer>> judge_client_upgrade(
    client_side& client, const exchange& of, bool& again);

/// Sends the 101, after its event.
[[nodiscard]] boost::asio::awaitable<result<void>> accept_client_upgrade(
    client_side& client, const exchange& of, const upgrade_offer& offer);

} // namespace verbatim::kube
