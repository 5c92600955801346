#pragma once
// One client connection to the Kubernetes listener, from its TLS handshake to its end: requests
// passed on, and the streams of exec, attach and port-forward terminated here and opened anew at
// the cluster. What is permitted is decided above, through connection_owner.

#include <verbatim/base/ids.hpp>
#include <verbatim/base/log.hpp>
#include <verbatim/base/result.hpp>
#include <verbatim/kube/upstream.hpp>
#include <verbatim/net/leg.hpp>
#include <verbatim/net/tls.hpp>
#include <verbatim/wire/kube_request.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace verbatim::kube {

/// One request, as judged. Text is the client's own: escape it before showing it.
struct request_facts {
    std::string method;
    wire::kube_request what; ///< without the cluster's path prefix
    wire::kube_upgrade upgrade = wire::kube_upgrade::none;
    std::string user_agent;
    std::string kubectl_session; ///< the header Kubectl-Session, if it is a UUID
    session_id id;               ///< of the session, where the request may become one; else nil
    std::string audit_id;        ///< made here; the API server adopts it
};

/// Why a request is not passed on, as Kubernetes says it.
struct refusal {
    int code = 403;
    std::string reason = "Forbidden"; ///< Status reason
    std::string message;
};

/// Where a request may go, and as whom.
struct permission {
    upstream* to = nullptr;
    std::string as_user; ///< never empty
    std::vector<std::string> as_groups;
    std::string as_uid; ///< may be empty
    /// A session may be held back before it starts, for longer than a cluster waits for an upgraded
    /// connection's streams: it is asked only then, and what it refuses is the session's failure.
    bool may_wait = false;
};

/// A session about to start.
struct session_request {
    net::start_kind kind;
    const request_facts* request;
    std::string container; ///< as asked for; empty: the pod's default
    bool tty = false, input = false;
};

/// The side that decides and records. Thread: the connection's loop. Outlives run().
class connection_owner {
public:
    virtual ~connection_owner() = default;

    /// The handshake is done. Called once, before all else.
    virtual void connected(const net::tls_peer& peer) = 0;

    /// The cluster that a path's prefix or the server name leads to; `path` loses the prefix.
    /// Errors: errc::not_found.
    virtual result<void> find_cluster(std::string& path) = 0;

    /// Who is it? Looked up anew for every request. `bearer` is empty without a token. Errors:
    /// errc::access_denied: nobody (401). The first success is a login, durable in the books.
    [[nodiscard]] virtual boost::asio::awaitable<result<void>> authenticate(
        const std::string& bearer, const request_facts& request) = 0;

    /// May this user do that at the cluster found? Errors: `why` is the answer.
    virtual result<permission> authorize(const request_facts& request, refusal& why) = 0;

    /// kube.request with its response code: durable before the client sees the answer. `refused`:
    /// the proxy's own reason, else empty. Errors: errc::audit_failed: the answer is 503 instead.
    [[nodiscard]] virtual boost::asio::awaitable<result<void>> answered(
        const request_facts& request, int code, std::string refused) = 0;

    /// Relays one session until both sides are closed. The legs outlive the call.
    [[nodiscard]] virtual boost::asio::awaitable<void> run_session(
        const session_request& request, net::leg& client, net::leg& target) = 0;
};

struct connection_limits {
    std::chrono::milliseconds handshake{10'000};
    /// From the handshake's end to the first request that says who it is, however many do not.
    std::chrono::milliseconds login{30'000};
    std::chrono::milliseconds request_head{15'000};    ///< from its first byte to its last
    std::chrono::milliseconds idle{120'000};           ///< between requests
    std::chrono::milliseconds stream_creation{30'000}; ///< as Kubernetes' own servers wait
    std::uint32_t max_forwards = 256;                  ///< connections at once of one port-forward
};

struct connection_context {
    connection_owner& owner;
    net::tls_context_pointer tls;
    const connection_limits& limits;
    logger& log;
};

struct connection_outcome {
    bool logged_in = false;
    std::string reason;
};

/// A running client connection. Thread: the loop of `socket`.
class client_connection {
public:
    virtual ~client_connection() = default;

    /// Serves the client to the end. Cancel: close().
    [[nodiscard]] virtual boost::asio::awaitable<connection_outcome> run() = 0;

    /// A line for the users of all sessions on it.
    virtual void notice(const std::string& line) = 0;

    /// Ends sessions with `line` as their failure, other requests at once, then the connection.
    virtual void close(const std::string& line) = 0;
};

std::unique_ptr<client_connection> make_client_connection(
    boost::asio::ip::tcp::socket socket, const connection_context& context);

} // namespace verbatim::kube
