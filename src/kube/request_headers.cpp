#include "kube/request_headers.hpp"

#include "kube/http_text.hpp"

#include <verbatim/base/text.hpp>

#include <algorithm>
#include <array>

namespace verbatim::kube {

namespace {

constexpr std::string_view token_prefix = "base64url.bearer.authorization.k8s.io.";
constexpr std::string_view subprotocol_field = "Sec-WebSocket-Protocol";

bool is_token_entry(std::string_view element) { return element.starts_with(token_prefix); }

bool is_stripped(std::string_view name)
{
    constexpr std::array<std::string_view, 14> names{"connection", "keep-alive", "te", "trailer",
        "transfer-encoding", "upgrade", "http2-settings", "expect", "authorization", "cookie",
        "forwarded", "x-real-ip", "audit-id", "host"};
    constexpr std::array<std::string_view, 4> prefixes{
        "impersonate-", "x-remote-", "proxy-", "x-forwarded-"};
    const auto lower = to_lower(name);
    return std::find(names.begin(), names.end(), lower) != names.end() ||
           std::any_of(prefixes.begin(), prefixes.end(),
               [&](std::string_view prefix) { return lower.starts_with(prefix); });
}

/// The receiver trims values, so that a blank at an end would make it another one.
bool arrives_as_it_is(std::string_view value)
{
    return !value.empty() && is_field_value(value) && trimmed(value) == value;
}

result<std::string> decode_token(std::string_view encoded)
{
    std::string standard(encoded);
    for (auto& c : standard) {
        if (c == '+' || c == '/' || c == '=') return errc::malformed;
        if (c == '-') c = '+';
        else if (c == '_') c = '/';
    }
    const auto bytes = from_base64(standard);
    if (!bytes) return bytes.error();
    return std::string(as_text(*bytes));
}

bool is_bearer_token(std::string_view token)
{
    return !token.empty() &&
           std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

} // namespace

std::vector<std::string> subprotocols_of(const request_head& head)
{
    auto out = head.fields.list(subprotocol_field);
    std::erase_if(out, is_token_entry);
    return out;
}

void strip(request_head& head)
{
    for (const auto& named : head.fields.list("Connection"))
        if (!same_name(named, "Content-Length")) head.fields.remove(named);
    head.fields.remove_if(is_stripped);
    if (!head.fields.has(subprotocol_field)) return;
    std::string kept;
    for (const auto& element : subprotocols_of(head)) kept += (kept.empty() ? "" : ", ") + element;
    head.fields.remove(subprotocol_field);
    if (!kept.empty()) head.fields.add(std::string(subprotocol_field), kept);
}

result<void> impersonate(request_head& head, const permission& as, const request_facts& request)
{
    const auto add = [&head](const char* name, const std::string& value) {
        if (!arrives_as_it_is(value)) return false;
        head.fields.add(name, value);
        return true;
    };
    if (!add("Impersonate-User", as.as_user)) return errc::malformed;
    for (const auto& group : as.as_groups)
        if (!add("Impersonate-Group", group)) return errc::malformed;
    if (!as.as_uid.empty() && !add("Impersonate-Uid", as.as_uid)) return errc::malformed;
    // The key is lower case and needs no percent-encoding.
    if (!request.id.is_nil()) add("Impersonate-Extra-session-id", request.id.to_string());
    if (!request.audit_id.empty() && !add("Audit-ID", request.audit_id)) return errc::malformed;
    return result<void>{};
}

bool asks_impersonation(const request_head& head)
{
    const auto& fields = head.fields.fields();
    return std::any_of(fields.begin(), fields.end(),
        [](const auto& field) { return to_lower(field.first).starts_with("impersonate-"); });
}

result<std::string> bearer_of(const request_head& head)
{
    std::vector<std::string> tokens;
    const auto authorizations = head.fields.all("Authorization");
    if (authorizations.size() > 1) return errc::malformed;
    for (const std::string_view value : authorizations) {
        const auto blank = std::min(value.find(' '), value.size());
        if (same_name(value.substr(0, blank), "Bearer"))
            tokens.emplace_back(trimmed(value.substr(blank)));
    }
    for (const auto& element : head.fields.list(subprotocol_field)) {
        if (!is_token_entry(element)) continue;
        auto token = decode_token(std::string_view(element).substr(token_prefix.size()));
        if (!token) return token.error();
        tokens.push_back(std::move(*token));
    }
    if (tokens.empty()) return std::string();
    for (const auto& token : tokens)
        if (!is_bearer_token(token) || token != tokens.front()) return errc::malformed;
    return tokens.front();
}

} // namespace verbatim::kube
