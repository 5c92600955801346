#pragma once

#include "server/connection_service.hpp"
#include "server/kube_clusters.hpp"
#include "server/metrics.hpp"
#include "server/policy_snapshot.hpp"
#include "server/session_registry.hpp"

#include <verbatim/audit/audit_log.hpp>
#include <verbatim/audit/auth_failure_limiter.hpp>
#include <verbatim/base/clock.hpp>
#include <verbatim/base/log.hpp>
#include <verbatim/kube/connection.hpp>
#include <verbatim/record/recorder.hpp>
#include <verbatim/wire/events.hpp>

#include <boost/asio/thread_pool.hpp>

#include <functional>
#include <memory>
#include <string>

namespace verbatim::server {

/// What the connections of a server share; all of it outlives them.
struct kube_services {
    record::recording_store& store;
    audit::audit_log& audit;
    audit::auth_failure_limiter& auth_failures;
    boost::asio::thread_pool& blocking;
    const clock& time;
    logger& log;
    std::string server_id;
    metrics& counted;
    session_registry& sessions;
    boost::asio::any_io_executor painter;
};

using clusters_pointer = std::shared_ptr<const kube_clusters>;
/// The clusters of the newest configuration.
using clusters_source = std::function<clusters_pointer()>;
/// A cluster's connections on this loop, by its endpoint. `cluster` is one of `of`.
using upstream_finder = std::function<std::shared_ptr<kube::upstream>(
    const clusters_pointer& of, const kube_cluster& cluster)>;

/// Decides for one connection to the Kubernetes listener, and tells both books about it. Users,
/// roles and clusters are looked up anew for each request. Thread: the connection's loop.
class kube_owner final : public kube::connection_owner {
public:
    kube_owner(const policy_holder& policy, clusters_source clusters, upstream_finder upstreams,
        const kube_services& services, connection_number number, peer_addresses peer,
        std::function<void()> logged_in);

    void connected(const net::tls_peer& peer) override;
    result<void> find_cluster(std::string& path) override;
    boost::asio::awaitable<result<void>> authenticate(
        const std::string& bearer, const kube::request_facts& request) override;
    result<kube::permission> authorize(
        const kube::request_facts& request, kube::refusal& why) override;
    boost::asio::awaitable<result<void>> answered(
        const kube::request_facts& request, int code, std::string refused) override;
    boost::asio::awaitable<void> run_session(
        const kube::session_request& request, net::leg& client, net::leg& target) override;

    /// client.disconnect, for a connection that had logged in.
    void disconnected(const std::string& reason);

private:
    std::optional<std::string> identify(const std::string& bearer, std::string& why) const;
    wire::event_header header() const;
    void post(wire::event event);

    const policy_holder& policies_;
    policy_pointer policy_; // of the request in hand
    clusters_source newest_clusters_;
    clusters_pointer clusters_; // of the request in hand
    upstream_finder upstreams_;
    kube_services services_;
    connection_number number_;
    peer_addresses peer_;
    std::function<void()> logged_in_;
    net::tls_peer tls_;
    std::string user_;
    const kube_cluster* cluster_ = nullptr;
    std::shared_ptr<kube::upstream> upstream_;
    policy::kubernetes_grant grant_;
};

} // namespace verbatim::server
