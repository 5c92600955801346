#include "config/settings_reader.hpp"

#include "config/names.hpp"

namespace verbatim::config {
namespace {

using namespace std::chrono_literals;
using cluster = kubernetes_settings::cluster;

// Beside the configuration file, unless it says where.
void read_path(
    map_reader& map, std::string_view key, std::filesystem::path& to, const findings& found)
{
    if (std::string text; map.text(key, text)) to = found.file.parent_path() / text;
}

void read_cluster(
    map_reader& map, kubernetes_settings& to, std::map<std::string, int>& seen, findings& found)
{
    cluster one;
    read_plain_name(map, one.name, "cluster", seen, found);
    read_path(map, "kubeconfig", one.kubeconfig, found);
    map.boolean("in_cluster", one.in_cluster);
    map.labels("labels", one.labels);
    map.boolean("default", one.is_default);
    if (one.in_cluster == !one.kubeconfig.empty())
        found.complain(
            map.line(), map.where() + " needs either a kubeconfig or `in_cluster: true`");
    const auto* other = default_cluster(to);
    if (one.is_default && other != nullptr && other->is_default)
        map.complain("default", "cluster '" + other->name + "' is the default already");
    to.clusters.push_back(std::move(one));
}

void read_certificate(map_reader& map, kubernetes_settings& to, findings& found)
{
    read_path(map, "certificate", to.certificate, found);
    read_path(map, "private_key", to.private_key, found);
    read_path(map, "certificate_authority", to.certificate_authority, found);
    if (to.certificate.empty() != to.private_key.empty())
        map.complain(to.certificate.empty() ? "private_key" : "certificate",
            "certificate and private_key are needed both, or neither");
    else if (to.certificate.empty() && !to.certificate_authority.empty())
        map.complain(
            "certificate_authority", "without a certificate the proxy has a CA of its own");
}

} // namespace

const cluster* default_cluster(const kubernetes_settings& settings) noexcept
{
    for (const auto& each : settings.clusters)
        if (each.is_default) return &each;
    return settings.clusters.size() == 1 ? &settings.clusters.front() : nullptr;
}

void read_kubernetes(map_reader& root, kubernetes_settings& to, findings& found)
{
    root.section("kubernetes", [&](map_reader& map) {
        to.listen = read_listen(map);
        read_certificate(map, to, found);
        map.seconds("handshake_timeout", to.handshake_timeout, 1s, 10min);
        map.seconds("dial_timeout", to.dial_timeout, 1s, 10min);
        map.seconds("idle_timeout", to.idle_timeout, 1s, 24h);
        map.number("max_unauthenticated", to.max_unauthenticated, 1, 100'000);
        map.number("max_unauthenticated_per_source", to.max_unauthenticated_per_source, 1, 100'000);
        std::map<std::string, int> seen;
        map.each(
            "clusters", "cluster", [&](map_reader& each) { read_cluster(each, to, seen, found); });
        if (!to.listen && !to.clusters.empty())
            found.note(
                map.line_of("clusters"), "clusters have no effect without `listen` beside them");
        if (to.listen && to.clusters.empty())
            found.note(map.line_of("listen"), "the listener has no `clusters` to lead to");
    });
}

void read_web(map_reader& root, web_settings& to)
{
    root.section("web", [&](map_reader& map) {
        to.listen = read_listen(map);
        if (to.listen) map.complain("listen", "this build has no such listener; leave the key out");
    });
}

} // namespace verbatim::config
