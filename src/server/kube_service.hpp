#pragma once

#include "server/connection_service.hpp"
#include "server/kube_clusters.hpp"
#include "server/kube_owner.hpp"
#include "server/live_set.hpp"
#include "server/serving.hpp"

#include <verbatim/kube/connection.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <vector>

namespace verbatim::server {

/// Connections to the Kubernetes listener. All arguments outlive it.
class kube_service final : public connection_service {
public:
    kube_service(const policy_holder& policy, serving& on, const kube_services& services);

    /// Reads clusters, makes keys and the listener's certificate where there are none. Throws
    /// std::runtime_error with a line that says what to do.
    void prepare();
    /// The same from the newest configuration: clusters for new requests, the certificate for new
    /// connections. What cannot be used leaves all
    /// as it was, and is logged. Thread: the first loop.
    void reload();

    boost::asio::awaitable<void> serve(std::size_t loop, admitted_connection connection) override;
    void tell(std::size_t loop, const std::string& line) override;
    void close(std::size_t loop, const std::string& line) override;
    void close_idle(std::size_t loop);

private:
    /// One reading of the configuration.
    struct generation {
        std::shared_ptr<const kube_clusters> clusters;
        net::tls_context_pointer tls;
    };
    /// What belongs to one event loop.
    struct part {
        std::map<const kube::cluster_endpoint*, std::shared_ptr<kube::upstream>> upstreams;
        std::shared_ptr<const kube_clusters> of; ///< whose endpoints those are
        live_set<kube::client_connection> live;
    };
    std::shared_ptr<const generation> load(std::string& why) const;
    std::shared_ptr<kube::upstream> upstream_of(
        std::size_t loop, const std::shared_ptr<const kube_clusters>& of, const kube_cluster& at);

    const policy_holder& policy_;
    serving& on_;
    kube_services services_;
    kube::connection_limits limits_;
    std::shared_ptr<const generation> newest_; // by std::atomic_load and std::atomic_store
    std::vector<std::unique_ptr<part>> parts_;
};

} // namespace verbatim::server
