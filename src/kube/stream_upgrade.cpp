#include "kube/stream_upgrade.hpp"

#include "kube/request_headers.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/net/deadline.hpp>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace verbatim::kube {

namespace asio = boost::asio;

namespace {

// What the client says of itself goes on to the cluster; its upgrade is its own.
void copy_client_fields(request_head& to, const request_head& from)
{
    for (const auto& [name, value] : from.fields.fields()) {
        if (boost::iequals(name, "User-Agent") || boost::istarts_with(name, "Kubectl-"))
            to.fields.add(name, value);
    }
}

asio::awaitable<result<void>> prepare(const exchange& of, request_head& head)
{
    copy_client_fields(head, of.head);
    if (const auto added = impersonate(head, of.permitted, of.facts); !added)
        co_return added.error();
    auto preparing = of.permitted.to->prepare(head);
    co_return co_await std::move(preparing);
}

// 401 and 403 of something before the API server look the same; but whoever gets past it by
// WebSocket meets the API server's own judgement there.
bool lacks_spdy(const response_head& answer)
{
    const bool from_api_server =
        answer.fields.first("Content-Type").starts_with("application/json");
    switch (answer.status) {
    case 401:
    case 403:
    case 404:
    case 409:
    case 422:
    case 429: return !from_api_server;
    case 405:
    case 426:
    case 501: return true;
    default: return false;
    }
}

asio::awaitable<result<upgrade_answer>> ask_by_spdy(
    const exchange& of, std::string& why, upgrade_hold& hold)
{
    auto head = spdy_request(upstream_target(of), of.facts.upgrade);
    auto preparing = prepare(of, head);
    if (const auto prepared = co_await std::move(preparing); !prepared) {
        why = "the proxy has no credentials for this cluster";
        co_return prepared.error();
    }
    auto upgrading = request_upgrade(*of.permitted.to, std::move(head), why, hold);
    co_return co_await std::move(upgrading);
}

// Nothing: the cluster agreed to something else than it was asked for.
std::optional<target_upgrade> agreed_by_spdy(upgrade_answer& answer)
{
    const auto agreed = agreed_protocol(answer.head, upgrade_kind::spdy, {});
    if (!agreed) return std::nullopt;
    return target_upgrade{std::move(answer.connection), upgrade_kind::spdy, *agreed};
}

constexpr std::size_t max_refusal = 16 * 1024;
constexpr std::chrono::seconds refusal_deadline{10};

// What a server says with a refusal; what is longer than any of theirs, or takes too long, is cut.
asio::awaitable<std::string> refusal_body(upstream_connection& of)
{
    std::string out;
    auto& from = of.http;
    const net::deadline limit(
        of.stream->executor(), refusal_deadline, [&of] { of.stream->close(); });
    while (out.size() < max_refusal) {
        auto reading = from.read_body();
        const auto piece = co_await std::move(reading);
        if (!piece || piece->empty()) break;
        out += as_text(*piece).substr(0, max_refusal - out.size());
    }
    co_return out;
}

} // namespace

asio::awaitable<result<std::optional<target_upgrade>>> upgrade_by_spdy(
    client_side& client, client_watch& watch, const exchange& of, bool& again)
{
    upgrade_hold hold;
    std::string why;
    if (client.http.body_done()) watch.begin([&hold] { hold.abandon(); });
    auto asking = ask_by_spdy(of, why, hold);
    auto answer = co_await std::move(asking);
    watch.end();
    if (hold.abandoned()) why = "the client left before it answered";
    if (!answer) {
        auto refusing = answer_status(client, of,
            {502, "ServiceUnavailable",
                "the cluster " + of.permitted.to->endpoint().name + " cannot be reached: " + why},
            "the cluster cannot be reached");
        again = co_await std::move(refusing);
        co_return errc::access_denied;
    }
    if (answer->head.status == 101) co_return agreed_by_spdy(*answer);
    if (lacks_spdy(answer->head)) co_return std::optional<target_upgrade>{};
    if (answer->head.status == 400) {
        // "Upgrade request required": the header was lost on its way. All else is about the
        // request.
        auto reading = refusal_body(*answer->connection);
        auto said = co_await std::move(reading);
        if (wire::mentions(said, "upgrade")) co_return std::optional<target_upgrade>{};
        auto answering = answer_whole(client, of, std::move(answer->head), std::move(said), {});
        again = co_await std::move(answering);
        co_return errc::access_denied;
    }
    auto passing = pass_answer(client, of, answer->connection->http, std::move(answer->head));
    again = co_await std::move(passing);
    co_return errc::access_denied;
}

asio::awaitable<result<std::optional<target_upgrade>>> upgrade_late_by_spdy(
    const exchange& of, std::string& why, upgrade_hold& hold)
{
    auto asking = ask_by_spdy(of, why, hold);
    auto answer = co_await std::move(asking);
    if (!answer) co_return answer.error();
    if (answer->head.status == 101) co_return agreed_by_spdy(*answer);
    if (lacks_spdy(answer->head)) co_return std::optional<target_upgrade>{};
    auto reading = refusal_body(*answer->connection);
    const auto said = co_await std::move(reading);
    if (answer->head.status == 400 && wire::mentions(said, "upgrade"))
        co_return std::optional<target_upgrade>{};
    why = "the cluster answered " + std::to_string(answer->head.status) + ": " +
          escape_for_log(said, 512);
    co_return errc::access_denied;
}

asio::awaitable<result<target_upgrade>> upgrade_by_websocket(
    const exchange& of, std::string& why, upgrade_hold& hold)
{
    std::string key;
    auto head = websocket_request(upstream_target(of), of.facts.upgrade, key);
    auto preparing = prepare(of, head);
    if (const auto prepared = co_await std::move(preparing); !prepared) {
        why = "the proxy has no credentials for this cluster";
        co_return prepared.error();
    }
    auto upgrading = request_upgrade(*of.permitted.to, std::move(head), why, hold);
    auto answer = co_await std::move(upgrading);
    if (!answer) co_return answer.error();
    if (answer->head.status != 101) {
        auto reading = refusal_body(*answer->connection);
        const auto said = co_await std::move(reading);
        why = "the cluster answered " + std::to_string(answer->head.status) + ": " +
              escape_for_log(said, 512);
        co_return errc::access_denied;
    }
    const auto agreed = agreed_protocol(answer->head, upgrade_kind::websocket, key);
    if (!agreed) {
        why = "the cluster agreed to another protocol than it was asked for";
        co_return errc::malformed;
    }
    co_return target_upgrade{std::move(answer->connection), upgrade_kind::websocket, *agreed};
}

asio::awaitable<result<upgrade_offer>> judge_client_upgrade(
    client_side& client, const exchange& of, bool& again)
{
    std::string why;
    std::vector<std::string> accepted;
    auto offer = judge_upgrade(of.head, of.facts.upgrade, why, accepted);
    if (offer) co_return std::move(*offer);
    const bool no_common = offer.error() == errc::not_found;
    auto refusing = answer_status(client, of,
        no_common ? refusal{403, "Forbidden", why} : refusal{400, "BadRequest", why}, why);
    again = co_await std::move(refusing);
    co_return errc::access_denied;
}

asio::awaitable<result<void>> accept_client_upgrade(
    client_side& client, const exchange& of, const upgrade_offer& offer)
{
    auto telling = client.owner.answered(of.facts, 101, {});
    if (const auto told = co_await std::move(telling); !told) {
        auto refusing = answer_status(client, of,
            {503, "ServiceUnavailable", "the audit log cannot be written"}, "no audit log");
        std::ignore = co_await std::move(refusing);
        co_return told.error();
    }
    byte_buffer out;
    if (const auto made = append_head(out, switching_protocols(offer)); !made)
        co_return made.error();
    auto writing = client.stream.write(out);
    co_return co_await std::move(writing);
}

} // namespace verbatim::kube
