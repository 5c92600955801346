#pragma once
// How to reach a cluster: a kubeconfig file as kubectl reads it, or a pod's own service account.

#include <verbatim/base/secret.hpp>
#include <verbatim/config/settings.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim::config {

/// One API server and who we are there.
struct kubeconfig {
    bool tls = true;  ///< false: http://
    std::string host; ///< a name or an address, IPv6 without brackets
    std::uint16_t port = 443;
    std::string path_prefix; ///< "" or "/k8s/clusters/c-1", without a trailing slash
    std::string server_name; ///< to check its certificate against: tls-server-name, else `host`
    std::string ca;          ///< PEM; empty: the system's
    bool verify = true;      ///< false: insecure-skip-tls-verify
    std::string certificate; ///< PEM; empty: none
    secret private_key;      ///< PEM
    secret token;            ///< bearer token; empty: none
    /// Absolute; not read here, since what is in it changes. Goes before `token`.
    std::filesystem::path token_file;
};

struct loaded_kubeconfig {
    kubeconfig value;
    std::vector<problem> problems; ///< empty: the value may be used
};

/// The context that the file names as its own, or its only one. Files that it names are read too,
/// but for the token's; relative paths start at its directory. What would have to run a program or
/// go another way than directly (exec, auth-provider, proxy-url), basic authentication and
/// impersonation are problems; keys that change nothing are passed over. Never throws for what a
/// file may hold. Blocks on files.
loaded_kubeconfig read_kubeconfig(const std::filesystem::path& file);
/// From text; `file` tells where relative paths start.
loaded_kubeconfig read_kubeconfig_text(std::string_view yaml, const std::filesystem::path& file);

/// The cluster whose pod this process runs in: KUBERNETES_SERVICE_HOST and _PORT of the environment
/// with the service account's token and CA in `directory`.
loaded_kubeconfig in_cluster_kubeconfig(
    const std::filesystem::path& directory = "/var/run/secrets/kubernetes.io/serviceaccount");

/// By whichever of the two the cluster names.
loaded_kubeconfig load_cluster(const kubernetes_settings::cluster& cluster);

} // namespace verbatim::config
