#include <verbatim/config/public_address.hpp>

#include "config/names.hpp"

#include <algorithm>

namespace verbatim::config {
namespace {

bool is_every_address(std::string_view host) { return host == "0.0.0.0" || host == "::"; }

} // namespace

std::string public_host(const settings& settings, const listen_address& listen)
{
    std::string host, ignored;
    std::uint16_t port_of_ssh = 0;
    if (parse_target_address(settings.public_addr, host, port_of_ssh, ignored)) return host;
    if (!is_every_address(listen.host)) return listen.host;
    return listen.host == "::" ? "::1" : "127.0.0.1";
}

std::string host_and_port(std::string_view host, std::uint16_t port)
{
    std::string text(host);
    if (host.find(':') != host.npos) text = '[' + text + ']';
    return text + ':' + std::to_string(port);
}

std::vector<std::string> kubernetes_listener_names(const settings& settings)
{
    const auto& listen = *settings.kubernetes.listen;
    std::vector<std::string> names{public_host(settings, listen), "localhost", "127.0.0.1", "::1"};
    if (!is_every_address(listen.host)) names.push_back(listen.host);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

} // namespace verbatim::config
