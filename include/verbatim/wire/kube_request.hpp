#pragma once
// What a request to a Kubernetes API server asks for, judged as the server judges it: after
// percent-decoding. Without I/O. What cannot be judged is an error, never a guess.
// Source: k8s.io/apiserver RequestInfo, RFC 3986, measured against API servers.

#include <verbatim/base/result.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace verbatim::wire {

/// A query string's pairs, decoded. Raw `;` or a bad escape drops a pair at the server; here it is
/// errc::malformed for the whole, and so is what URIs do not have (`#`, controls, beyond ASCII).
/// Size: at most 1024 pairs, else errc::out_of_range.
class kube_query {
public:
    [[nodiscard]] static result<kube_query> parse(std::string_view query);

    /// The first value; the server takes no other. Empty where there is none.
    std::string_view first(std::string_view name) const;
    bool has(std::string_view name) const;
    /// Missing, 0, false: false. 1, t, true: true; letters in any case. Errors: errc::malformed for
    /// all else: the server takes it for true, even `f` and nothing, but hardly who sent it.
    [[nodiscard]] result<bool> flag(std::string_view name) const;
    std::vector<std::string> all(std::string_view name) const;
    void set(std::string name, std::string value); ///< replaces all values
    void add(std::string name, std::string value);
    /// Encoded anew from the pairs, so that what is sent is what was judged.
    std::string to_string() const;
    const std::vector<std::pair<std::string, std::string>>& pairs() const { return pairs_; }

private:
    std::vector<std::pair<std::string, std::string>> pairs_;
};

enum class kube_upgrade { none, exec, attach, port_forward, refused };

struct kube_request {
    /// Decoded, without the query and without a trailing slash, but for that of a proxied path.
    std::string path;
    std::string api_group;   ///< "" for core
    std::string api_version; ///< "v1"; empty for paths outside of an API (/version, /healthz)
    std::string name_space, resource, name, subresource; ///< decoded; may be empty
    /// What follows .../proxy : the path at the node, pod or service, with its slash in front. The
    /// old form /api/v1/proxy/nodes/NAME/... has `subresource` "proxy" here, too.
    std::string proxied;
    bool is_resource = false;
    bool watched = false; ///< the old form /api/v1/watch/...

    /// "core/v1", "apps/v1": Teleport's resource_api_group.
    std::string group_version() const;
};

/// Judges a request target's path ("/api/v1/namespaces/..."). Errors: errc::malformed: bad escapes,
/// encoded slashes or NUL or control characters, empty or dot segments, not origin form.
[[nodiscard]] result<kube_request> parse_kube_path(std::string_view path);

/// The path, encoded anew.
std::string encode_kube_path(std::string_view decoded);

/// What a request whose headers ask for an upgrade may become: exec, attach and portforward of
/// pods; anything else is refused (node and pod proxies, consoles, log and watch by WebSocket).
kube_upgrade upgrade_of(const kube_request& request);
/// A request that names exec, attach or portforward of a pod, or a kubelet through
/// nodes/NAME/proxy: it must be an upgrade that we serve, or be refused.
bool needs_session(const kube_request& request);
/// nodes/NAME/proxy in any form: a shell that the API server's own records do not show.
bool reaches_kubelet(const kube_request& request);

/// RFC 9110 tokens of comma lists: is `token` among the list's elements, case-insensitively?
bool list_has(std::string_view list, std::string_view token);
/// As the server looks at Upgrade and Connection: a substring, case-insensitively.
bool mentions(std::string_view value, std::string_view lower_case);

} // namespace verbatim::wire
