#include "server/kube_clusters.hpp"

#include <verbatim/config/kubeconfig.hpp>

#include <algorithm>

namespace verbatim::server {

const kube_cluster* kube_clusters::find(std::string_view name) const
{
    const auto found = std::find_if(
        all.begin(), all.end(), [&](const kube_cluster& each) { return each.name == name; });
    return found == all.end() ? nullptr : &*found;
}

namespace {

/// null: `why` says what TLS does not accept.
std::shared_ptr<const kube::cluster_endpoint> endpoint_of(const std::string& name,
    config::kubeconfig from, std::chrono::milliseconds dial_timeout, std::string& why)
{
    auto out = std::make_shared<kube::cluster_endpoint>();
    out->name = name;
    out->host = std::move(from.host);
    out->port = from.port;
    out->path_prefix = std::move(from.path_prefix);
    out->server_name = std::move(from.server_name);
    out->token = std::move(from.token);
    out->token_file = std::move(from.token_file);
    out->dial_timeout = dial_timeout;
    if (!from.tls) return out;
    auto context = net::make_tls_client_context(
        {std::move(from.ca), std::move(from.certificate), std::move(from.private_key), from.verify},
        why);
    if (!context) return nullptr;
    out->tls = std::move(*context);
    return out;
}

} // namespace

std::shared_ptr<const kube_clusters> load_clusters(
    const config::settings& settings, std::vector<config::problem>& problems)
{
    auto out = std::make_shared<kube_clusters>();
    const auto* preferred = config::default_cluster(settings.kubernetes);
    for (const auto& each : settings.kubernetes.clusters) {
        auto loaded = config::load_cluster(each);
        if (!loaded.problems.empty()) {
            std::move(loaded.problems.begin(), loaded.problems.end(), std::back_inserter(problems));
            continue;
        }
        std::string why;
        auto endpoint =
            endpoint_of(each.name, std::move(loaded.value), settings.kubernetes.dial_timeout, why);
        if (!endpoint) {
            problems.push_back({each.kubeconfig, 0, "cluster " + each.name + ": " + why});
            continue;
        }
        if (&each == preferred) out->preferred_at = out->all.size();
        out->all.push_back({each.name, each.labels, std::move(endpoint)});
    }
    return out;
}

} // namespace verbatim::server
