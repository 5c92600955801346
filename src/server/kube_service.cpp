#include "server/kube_service.hpp"

#include <verbatim/config/address_range.hpp>
#include <verbatim/config/public_address.hpp>
#include <verbatim/kube/certificate_authority.hpp>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace verbatim::server {

namespace asio = boost::asio;

namespace {

result<std::string> read_file(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    if (!in) return errc::io_error;
    return std::string{std::istreambuf_iterator<char>(in), {}};
}

// What clients may type to reach this listener, and NAME.proxy for each cluster: a server name that
// leads there as the path's prefix does.
std::vector<std::string> names_of(const config::settings& settings)
{
    auto out = config::kubernetes_listener_names(settings);
    const auto host = config::public_host(settings, *settings.kubernetes.listen);
    if (config::parse_ip_address(host)) return out;
    for (const auto& cluster : settings.kubernetes.clusters)
        out.push_back(cluster.name + '.' + host);
    return out;
}

} // namespace

kube_service::kube_service(const policy_holder& policy, serving& on, const kube_services& services)
    : policy_(policy), on_(on), services_(services)
{
    const auto settings = policy.get();
    limits_.handshake = settings->settings.kubernetes.handshake_timeout;
    limits_.login = 3 * limits_.handshake;
    limits_.idle = settings->settings.kubernetes.idle_timeout;
    for (std::size_t i = 0; i < on.loops.size(); ++i) parts_.push_back(std::make_unique<part>());
}

std::shared_ptr<const kube_service::generation> kube_service::load(std::string& why) const
{
    const auto snapshot = policy_.get();
    const auto& settings = snapshot->settings;
    auto out = std::make_shared<generation>();
    std::vector<config::problem> problems;
    out->clusters = load_clusters(settings, problems);
    if (!problems.empty()) {
        why = to_string(problems.front());
        return nullptr;
    }
    const auto now = services_.time.wall_now();
    const auto authorities = kube::certificate_authorities::load(settings.data_dir, now, why);
    if (!authorities) return nullptr;
    net::tls_server_settings tls;
    tls.client_ca = authorities->user_ca();
    if (settings.kubernetes.certificate.empty()) {
        auto own = authorities->listener_certificate(names_of(settings), now, why);
        if (!own) return nullptr;
        tls.certificate_chain = std::move(own->certificate);
        tls.private_key = std::move(own->private_key);
    } else {
        auto chain = read_file(settings.kubernetes.certificate);
        auto key = read_file(settings.kubernetes.private_key);
        if (!chain || !key) {
            why = "kubernetes.certificate or kubernetes.private_key cannot be read";
            return nullptr;
        }
        tls.certificate_chain = std::move(*chain);
        tls.private_key = secret(std::move(*key));
    }
    auto context = net::make_tls_server_context(tls, why);
    if (!context) {
        why = "the certificate of the Kubernetes listener cannot be used: " + why;
        return nullptr;
    }
    out->tls = std::move(*context);
    return out;
}

void kube_service::prepare()
{
    std::string why;
    auto first = load(why);
    if (!first) throw std::runtime_error(why);
    std::atomic_store(&newest_, std::move(first));
}

void kube_service::reload()
{
    std::string why;
    auto next = load(why);
    if (!next) {
        services_.log.error("clusters and certificates stay as they were", {{"why", why}});
        return;
    }
    std::atomic_store(&newest_, std::move(next));
}

std::shared_ptr<kube::upstream> kube_service::upstream_of(
    std::size_t loop, const std::shared_ptr<const kube_clusters>& of, const kube_cluster& at)
{
    part& here = *parts_[loop];
    // A request that began before a reload uses what it began with, but keeps nothing here.
    const auto newest = std::atomic_load(&newest_);
    if (here.of != newest->clusters) {
        for (auto& [endpoint, upstream] : here.upstreams) kube::close_idle(*upstream);
        here.upstreams.clear();
        here.of = newest->clusters;
    }
    const auto make = [&] {
        return kube::make_upstream(
            on_.loops.at(loop).get_executor(), at.endpoint, services_.blocking, services_.log);
    };
    if (of != here.of) return make();
    auto& known = here.upstreams[at.endpoint.get()];
    if (!known) known = make();
    return known;
}

asio::awaitable<void> kube_service::serve(std::size_t loop, admitted_connection connection)
{
    const auto now = std::atomic_load(&newest_);
    const auto number = connection.number;
    const auto remote = connection.peer.remote;
    kube_owner owner(
        policy_, [this] { return std::atomic_load(&newest_)->clusters; },
        [this, loop](const clusters_pointer& of, const kube_cluster& at) {
            return upstream_of(loop, of, at);
        },
        services_, number, std::move(connection.peer), std::move(connection.logged_in));
    const auto client = kube::make_client_connection(
        std::move(connection.socket), {owner, now->tls, limits_, on_.log});
    const live_set<kube::client_connection>::entry entry(parts_[loop]->live, *client);
    auto running = client->run();
    const auto outcome = co_await std::move(running);
    if (outcome.logged_in) owner.disconnected(outcome.reason);
    on_.log.info(outcome.logged_in ? "disconnected" : "not logged in",
        {{"connection", static_cast<std::uint64_t>(number)}, {"remote", remote},
            {"reason", outcome.reason}});
}

void kube_service::tell(std::size_t loop, const std::string& line)
{
    parts_[loop]->live.tell(line);
}

void kube_service::close(std::size_t loop, const std::string& line)
{
    parts_[loop]->live.close(line);
}

void kube_service::close_idle(std::size_t loop)
{
    for (auto& [endpoint, upstream] : parts_[loop]->upstreams) kube::close_idle(*upstream);
}

} // namespace verbatim::server
