#pragma once

#include <verbatim/config/settings.hpp>
#include <verbatim/kube/upstream.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim::server {

/// A cluster as configured, ready to be reached.
struct kube_cluster {
    std::string name;
    std::map<std::string, std::string> labels;
    std::shared_ptr<const kube::cluster_endpoint> endpoint;
};

/// All clusters of one reading of the configuration. Immutable. Thread: any.
struct kube_clusters {
    std::vector<kube_cluster> all;

    /// null: none of that name.
    const kube_cluster* find(std::string_view name) const;
    /// The one without a path prefix. null: there is none.
    const kube_cluster* preferred() const
    {
        return preferred_at < all.size() ? &all[preferred_at] : nullptr;
    }

    std::size_t preferred_at = static_cast<std::size_t>(-1);
};

/// Reads kubeconfigs and service accounts. Errors are problems for the operator, as
/// "file:line: message".
std::shared_ptr<const kube_clusters> load_clusters(
    const config::settings& settings, std::vector<config::problem>& problems);

} // namespace verbatim::server
