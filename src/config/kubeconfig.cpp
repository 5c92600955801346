#include <verbatim/config/kubeconfig.hpp>

#include "config/reader.hpp"
#include "config/server_url.hpp"
#include "config/text_file.hpp"

#include <verbatim/base/text.hpp>

#include <cstdlib>

namespace verbatim::config {
namespace {

constexpr std::size_t max_pem_bytes = 1024 * 1024;

/// Walks one kubeconfig; what it complains of stands in `problems`.
class kubeconfig_reader {
public:
    kubeconfig_reader(const std::filesystem::path& file, loaded_kubeconfig& to)
        : directory_(std::filesystem::absolute(file).parent_path()),
          to_(to.value), found_{file, to.problems, notices_}
    {}

    void read(const yaml_value& root);

private:
    void read_cluster(const yaml_value& cluster);
    void read_user(const yaml_value& user);
    const yaml_value* find_context(const yaml_value& root);
    const yaml_value* find_named(const yaml_value& root, std::string_view list,
        std::string_view part, std::string_view name);
    static const yaml_value* find(const yaml_value& map, std::string_view key) noexcept;
    std::string text(const yaml_value& map, std::string_view key);
    /// KEY-data in base64, or KEY as a file's name.
    std::string content(const yaml_value& map, std::string_view key);
    void refuse(const yaml_value& map, std::string_view key, std::string_view why);
    int line_of(const yaml_value& map, std::string_view key) const noexcept;

    std::filesystem::path directory_;
    kubeconfig& to_;
    std::vector<problem> notices_;
    findings found_;
};

const yaml_value* kubeconfig_reader::find(const yaml_value& map, std::string_view key) noexcept
{
    for (std::size_t i = 0; i < map.keys.size() && i < map.items.size(); ++i)
        if (map.keys[i].first == key && map.items[i].what != yaml_value::kind::null)
            return &map.items[i];
    return nullptr;
}

int kubeconfig_reader::line_of(const yaml_value& map, std::string_view key) const noexcept
{
    for (const auto& [name, line] : map.keys)
        if (name == key) return line;
    return map.line;
}

std::string kubeconfig_reader::text(const yaml_value& map, std::string_view key)
{
    const auto* value = find(map, key);
    if (value == nullptr) return {};
    if (value->what == yaml_value::kind::scalar) return value->text;
    found_.complain(value->line, std::string(key) + ": a single value is needed");
    return {};
}

std::string kubeconfig_reader::content(const yaml_value& map, std::string_view key)
{
    const auto data_key = std::string(key) + "-data";
    if (const auto data = text(map, data_key); !data.empty()) {
        const auto bytes = from_base64(data);
        if (bytes) return std::string(as_text(*bytes));
        found_.complain(line_of(map, data_key), data_key + ": not base64");
        return {};
    }
    const auto name = text(map, key);
    if (name.empty()) return {};
    const auto file = directory_ / name;
    std::string why;
    auto read = read_file(file, max_pem_bytes, why);
    if (read) return std::move(*read);
    found_.complain(
        line_of(map, key), std::string(key) + ": " + escape_for_log(file.string()) + ' ' + why);
    return {};
}

void kubeconfig_reader::refuse(const yaml_value& map, std::string_view key, std::string_view why)
{
    if (find(map, key) != nullptr)
        found_.complain(line_of(map, key), std::string(key) + ": " + std::string(why));
}

const yaml_value* kubeconfig_reader::find_named(
    const yaml_value& root, std::string_view list, std::string_view part, std::string_view name)
{
    const auto* all = find(root, list);
    if (all != nullptr && all->what == yaml_value::kind::list)
        for (const auto& each : all->items) {
            const auto* is = find(each, "name");
            const auto* value = find(each, part);
            if (is != nullptr && is->text == name && value != nullptr) return value;
        }
    found_.complain(all == nullptr ? root.line : all->line, "there is no " + std::string(part) +
                                                                ' ' + in_quotes(name) + " in `" +
                                                                std::string(list) + '`');
    return nullptr;
}

const yaml_value* kubeconfig_reader::find_context(const yaml_value& root)
{
    if (const auto current = text(root, "current-context"); !current.empty())
        return find_named(root, "contexts", "context", current);
    const auto* all = find(root, "contexts");
    if (all != nullptr && all->what == yaml_value::kind::list && all->items.size() == 1)
        if (const auto* only = find(all->items.front(), "context")) return only;
    found_.complain(root.line, "`current-context` must say which of the contexts to use");
    return nullptr;
}

void kubeconfig_reader::read_cluster(const yaml_value& cluster)
{
    std::string why;
    const auto url = parse_server_url(text(cluster, "server"), why);
    if (url) {
        to_.tls = url->tls;
        to_.host = url->host;
        to_.port = url->port;
        to_.path_prefix = url->path;
    } else found_.complain(line_of(cluster, "server"), "server: " + why);
    to_.ca = content(cluster, "certificate-authority");
    to_.server_name = text(cluster, "tls-server-name");
    if (to_.server_name.empty()) to_.server_name = to_.host;
    const auto skip = text(cluster, "insecure-skip-tls-verify");
    if (skip == "true") to_.verify = false;
    else if (!skip.empty() && skip != "false")
        found_.complain(line_of(cluster, "insecure-skip-tls-verify"),
            "insecure-skip-tls-verify: " + in_quotes(skip) + " is neither true nor false");
    if (!to_.verify && !to_.ca.empty())
        found_.complain(line_of(cluster, "insecure-skip-tls-verify"),
            "insecure-skip-tls-verify and a certificate-authority exclude each other");
    refuse(cluster, "proxy-url", "the proxy reaches clusters directly; leave it out");
}

void kubeconfig_reader::read_user(const yaml_value& user)
{
    const std::string_view no_programs = "the proxy runs no programs for credentials; use a "
                                         "service account's token or tokenFile, or "
                                         "a client certificate";
    const std::string_view no_impersonation =
        "whom the proxy acts for is for its roles to say; leave it out";
    refuse(user, "exec", no_programs);
    refuse(user, "auth-provider", no_programs);
    refuse(user, "username", "basic authentication is not supported; Kubernetes has none any more");
    refuse(user, "password", "basic authentication is not supported; Kubernetes has none any more");
    for (const auto* key : {"as", "as-uid", "as-groups", "as-user-extra"})
        refuse(user, key, no_impersonation);
    to_.certificate = content(user, "client-certificate");
    to_.private_key = secret(content(user, "client-key"));
    if (to_.certificate.empty() != to_.private_key.empty())
        found_.complain(user.line, "client-certificate and client-key are needed both, or neither");
    auto token = text(user, "token");
    if (token.find_first_of(" \t") != std::string::npos)
        found_.complain(line_of(user, "token"), "token: a token has no spaces");
    else to_.token = secret(std::move(token));
    if (const auto file = text(user, "tokenFile"); !file.empty())
        to_.token_file = directory_ / file;
    if (!to_.tls && !(to_.token.empty() && to_.token_file.empty()))
        found_.complain(user.line, "a token is not sent over http://; use https://");
}

void kubeconfig_reader::read(const yaml_value& root)
{
    if (root.what != yaml_value::kind::map) {
        found_.complain(root.line, "not a kubeconfig: keys such as `clusters` are needed");
        return;
    }
    const auto* context = find_context(root);
    if (context == nullptr) return;
    if (const auto* cluster = find_named(root, "clusters", "cluster", text(*context, "cluster")))
        read_cluster(*cluster);
    const auto name = text(*context, "user");
    if (name.empty()) return; // a cluster that asks for nothing, behind a gateway of its own
    if (const auto* user = find_named(root, "users", "user", name)) read_user(*user);
}

std::string environment(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

} // namespace

loaded_kubeconfig read_kubeconfig_text(std::string_view yaml, const std::filesystem::path& file)
{
    loaded_kubeconfig loaded;
    const auto root = read_yaml(yaml, file, loaded.problems);
    if (loaded.problems.empty()) kubeconfig_reader(file, loaded).read(root);
    return loaded;
}

loaded_kubeconfig read_kubeconfig(const std::filesystem::path& file)
{
    std::string why;
    const auto text = read_file(file, max_file_bytes, why);
    if (text) return read_kubeconfig_text(*text, file);
    loaded_kubeconfig nothing;
    nothing.problems.push_back({file, 0, why});
    return nothing;
}

loaded_kubeconfig in_cluster_kubeconfig(const std::filesystem::path& directory)
{
    loaded_kubeconfig loaded;
    const auto host = environment("KUBERNETES_SERVICE_HOST");
    const auto port = environment("KUBERNETES_SERVICE_PORT");
    const bool v6 = host.find(':') != std::string::npos;
    std::string why;
    const auto url =
        parse_server_url("https://" + (v6 ? '[' + host + ']' : host) + ':' + port, why);
    if (!url) {
        loaded.problems.push_back({directory, 0,
            "in_cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set to an "
            "address; does the proxy run in a pod?"});
        return loaded;
    }
    auto& to = loaded.value;
    to.host = to.server_name = url->host;
    to.port = url->port;
    to.token_file = directory / "token";
    auto ca = read_file(directory / "ca.crt", max_pem_bytes, why);
    if (ca) to.ca = std::move(*ca);
    else loaded.problems.push_back({directory / "ca.crt", 0, why});
    return loaded;
}

loaded_kubeconfig load_cluster(const kubernetes_settings::cluster& cluster)
{
    return cluster.in_cluster ? in_cluster_kubeconfig() : read_kubeconfig(cluster.kubeconfig);
}

} // namespace verbatim::config
