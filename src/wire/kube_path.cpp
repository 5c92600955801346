#include <verbatim/wire/kube_request.hpp>

#include "wire/percent_encoding.hpp"

#include <algorithm>
#include <optional>
#include <span>

namespace verbatim::wire {
namespace {

using segments = std::vector<std::string>;

// What paths may hold unescaped besides letters (RFC 3986 section 3.3), and the separator.
constexpr std::string_view path_plain = "!$&'()*+,;=:@/";

bool is_control(char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }

// Each segment decoded; none: one cannot be judged. The path begins with a slash and has lost one
// at its end.
std::optional<segments> split(std::string_view path)
{
    segments parts;
    while (!path.empty()) {
        path.remove_prefix(1);
        const auto raw = path.substr(0, path.find('/'));
        path.remove_prefix(raw.size());
        auto part = decode_percent(raw, false);
        if (!part || part->empty() || *part == "." || *part == "..") return std::nullopt;
        if (part->find('/') != part->npos || std::ranges::any_of(*part, is_control))
            return std::nullopt;
        parts.push_back(std::move(*part));
    }
    return parts;
}

std::string join(std::span<const std::string> parts)
{
    std::string joined;
    for (const auto& part : parts) joined += '/' + part;
    return joined;
}

// The parts from the resource's name on; the API server's RequestInfo, form by form.
void read_resource(kube_request& request, std::span<const std::string> parts, bool old_proxy)
{
    if (parts[0] == "namespaces" && parts.size() > 1) {
        request.name_space = parts[1];
        const bool of_itself = parts.size() < 3 || parts[2] == "status" || parts[2] == "finalize";
        if (!of_itself) parts = parts.subspan(2);
    }
    request.resource = parts[0];
    if (parts.size() > 1) request.name = parts[1];
    const std::size_t fixed = old_proxy ? 2 : 3;
    if (old_proxy) request.subresource = "proxy";
    else if (parts.size() > 2) request.subresource = parts[2];
    if (request.subresource == "proxy" && parts.size() > fixed)
        request.proxied = join(parts.subspan(fixed));
}

// False: the server could not tell what is meant.
bool read_api(kube_request& request, std::span<const std::string> parts)
{
    const bool core = !parts.empty() && parts[0] == "api";
    const bool grouped = !parts.empty() && parts[0] == "apis";
    if ((!core || parts.size() < 3) && (!grouped || parts.size() < 4)) return true;
    if (grouped) request.api_group = parts[1];
    parts = parts.subspan(grouped ? 2 : 1);
    request.api_version = parts[0];
    parts = parts.subspan(1);
    request.is_resource = true;
    const bool old_proxy = parts[0] == "proxy";
    request.watched = parts[0] == "watch";
    if (old_proxy || request.watched) parts = parts.subspan(1);
    if (parts.empty()) return false;
    read_resource(request, parts, old_proxy);
    return true;
}

bool is_streaming(std::string_view subresource)
{
    return subresource == "exec" || subresource == "attach" || subresource == "portforward";
}

} // namespace

std::string kube_request::group_version() const
{
    return (api_group.empty() ? "core" : api_group) + "/" + api_version;
}

result<kube_request> parse_kube_path(std::string_view path)
{
    if (!path.starts_with('/') || path.find_first_of("?#") != path.npos) return errc::malformed;
    const bool slash_at_end = path.ends_with('/');
    if (slash_at_end) path.remove_suffix(1);
    const auto parts = split(path);
    kube_request request;
    if (!parts || !read_api(request, *parts)) return errc::malformed;
    request.path = parts->empty() ? "/" : join(*parts);
    // To who is behind the proxy, a directory is not its name.
    if (slash_at_end && request.subresource == "proxy") {
        request.path += '/';
        request.proxied += '/';
    }
    return request;
}

std::string encode_kube_path(std::string_view decoded)
{
    std::string path;
    append_percent(path, decoded, path_plain);
    return path;
}

kube_upgrade upgrade_of(const kube_request& request)
{
    // The only form that the server routes; others look alike and mean something else.
    const auto served = "/api/v1/namespaces/" + request.name_space + "/pods/" + request.name + "/" +
                        request.subresource;
    if (!is_streaming(request.subresource) || request.path != served) return kube_upgrade::refused;
    if (request.subresource == "exec") return kube_upgrade::exec;
    if (request.subresource == "attach") return kube_upgrade::attach;
    return kube_upgrade::port_forward;
}

bool needs_session(const kube_request& request)
{
    return (request.resource == "pods" && is_streaming(request.subresource)) ||
           reaches_kubelet(request);
}

bool reaches_kubelet(const kube_request& request)
{
    return request.resource == "nodes" && request.subresource == "proxy";
}

} // namespace verbatim::wire
