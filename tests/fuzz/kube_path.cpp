// Any request target: what is sent on, encoded anew, must be judged as what came, and no path that
// a server would take for exec, attach, port-forward or a kubelet may pass as something else.
#include <verbatim/wire/kube_request.hpp>

#include <cstdint>
#include <cstdlib>

using namespace verbatim;
using namespace verbatim::wire;

namespace {

void require(bool holds)
{
    if (!holds) std::abort();
}

bool same(const kube_request& a, const kube_request& b)
{
    return a.path == b.path && a.group_version() == b.group_version() &&
           a.name_space == b.name_space && a.resource == b.resource && a.name == b.name &&
           a.subresource == b.subresource && a.proxied == b.proxied &&
           a.is_resource == b.is_resource && a.watched == b.watched;
}

std::vector<std::string> split(std::string_view path)
{
    std::vector<std::string> parts(1);
    for (const char c : path) {
        if (c == '/') parts.emplace_back();
        else parts.back() += c;
    }
    return parts;
}

bool is_stream(std::string_view kind)
{
    return kind == "exec" || kind == "attach" || kind == "portforward";
}

void check_path(std::string_view target)
{
    const auto request = parse_kube_path(target);
    if (!request) return;
    const auto& path = request->path;
    require(path.find("//") == path.npos && (path + "/").find("/../") == path.npos &&
            (path + "/").find("/./") == path.npos && path.find('\0') == path.npos);
    const auto again = parse_kube_path(encode_kube_path(path));
    require(again && same(*request, *again));

    // Independent of the parser: /api/v1/namespaces/NS/pods/NAME/KIND, and .../nodes/NAME/proxy.
    const auto parts = split(path);
    const bool of_pod = parts.size() == 8 && path.starts_with("/api/v1/namespaces/") &&
                        parts[5] == "pods" && is_stream(parts[7]);
    require(of_pod == (upgrade_of(*request) != kube_upgrade::refused));
    if (of_pod) require(needs_session(*request));
    const bool of_node =
        parts.size() >= 6 && path.starts_with("/api/v1/nodes/") && parts[5] == "proxy";
    if (of_node) require(reaches_kubelet(*request) && needs_session(*request));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view target(reinterpret_cast<const char*>(data), size);
    const auto mark = target.find('?');
    check_path(target.substr(0, mark));
    const auto text = mark == target.npos ? target : target.substr(mark + 1);
    if (const auto query = kube_query::parse(text)) {
        const auto again = kube_query::parse(query->to_string());
        require(again && again->pairs() == query->pairs());
        const auto tty = query->flag("tty");
        require(tty.has_value() || query->has("tty"));
    }
    if (list_has(text, "upgrade")) require(mentions(text, "upgrade"));
    return 0;
}
