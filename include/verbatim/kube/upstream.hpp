#pragma once
// A cluster's API server as the proxy reaches it, from one event loop.

#include <verbatim/base/log.hpp>
#include <verbatim/base/secret.hpp>
#include <verbatim/net/tls.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace verbatim::kube {

/// Immutable; shared by loops.
struct cluster_endpoint {
    std::string name;
    std::string host; ///< a name or an address, IPv6 without brackets
    std::uint16_t port = 443;
    std::string path_prefix;          ///< "" or "/k8s/clusters/c-1", without a trailing slash
    std::string server_name;          ///< checked against the certificate
    net::tls_context_pointer tls;     ///< null: plain HTTP
    secret token;                     ///< bearer token; empty: none, or token_file
    std::filesystem::path token_file; ///< read again every minute
    std::chrono::milliseconds dial_timeout{15'000};
};

/// Connections to one cluster from one loop, those of ordinary requests pooled and kept alive.
/// Internals: src/kube/upstream.hpp. Thread: its loop.
class upstream;

/// `blocking` is where the token file is read. All arguments outlive it.
std::shared_ptr<upstream> make_upstream(boost::asio::any_io_executor loop,
    std::shared_ptr<const cluster_endpoint> endpoint, boost::asio::thread_pool& blocking,
    logger& log);

/// Closes idle connections; those in use end with their requests.
void close_idle(upstream& of);

} // namespace verbatim::kube
