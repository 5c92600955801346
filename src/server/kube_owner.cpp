#include "server/kube_owner.hpp"

#include "server/supervised_session.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/kube/bearer_token.hpp>

#include <boost/asio/use_awaitable.hpp>

namespace verbatim::server {

namespace asio = boost::asio;

namespace {

constexpr std::string_view cluster_prefix = "/clusters/";

std::string endpoint_text(const kube::cluster_endpoint& endpoint)
{
    const bool v6 = endpoint.host.find(':') != std::string::npos;
    return (v6 ? '[' + endpoint.host + ']' : endpoint.host) + ':' + std::to_string(endpoint.port);
}

} // namespace

kube_owner::kube_owner(const policy_holder& policy, clusters_source clusters,
    upstream_finder upstreams, const kube_services& services, connection_number number,
    peer_addresses peer, std::function<void()> logged_in)
    : policies_(policy), policy_(policy.get()), newest_clusters_(std::move(clusters)),
      upstreams_(std::move(upstreams)), services_(services), number_(number),
      peer_(std::move(peer)), logged_in_(std::move(logged_in))
{}

void kube_owner::connected(const net::tls_peer& peer) { tls_ = peer; }

result<void> kube_owner::find_cluster(std::string& path)
{
    cluster_ = nullptr;
    upstream_.reset();
    grant_ = {};
    clusters_ = newest_clusters_();
    if (path.starts_with(cluster_prefix)) {
        const auto end = path.find('/', cluster_prefix.size());
        const auto name = path.substr(cluster_prefix.size(), end - cluster_prefix.size());
        cluster_ = clusters_->find(name);
        path = end == std::string::npos ? "/" : path.substr(end);
    } else {
        // NAME.anything leads to that cluster; any other server name to the default one.
        cluster_ = clusters_->find(tls_.server_name.substr(0, tls_.server_name.find('.')));
        if (!cluster_) cluster_ = clusters_->preferred();
    }
    if (!cluster_) return errc::not_found;
    return {};
}

std::optional<std::string> kube_owner::identify(const std::string& bearer, std::string& why) const
{
    const auto& known = *policy_->authorizer;
    // As the API server: a client certificate decides, whatever token is sent with it.
    if (!tls_.common_name.empty()) {
        if (services_.time.wall_now() >= tls_.not_after) why = "the client certificate has expired";
        else if (!known.has_user(tls_.common_name)) why = "there is no such user any more";
        else return tls_.common_name;
        return {};
    }
    if (bearer.empty()) {
        why = "neither a client certificate nor a token";
        return {};
    }
    auto user = known.user_of_token(kube::hash_of_token(bearer));
    if (!user) why = "no user has this token";
    return user;
}

asio::awaitable<result<void>> kube_owner::authenticate(
    const std::string& bearer, const kube::request_facts& request)
{
    policy_ = policies_.get();
    std::string why;
    const auto user = identify(bearer, why);
    if (!user) {
        ++services_.counted.login_tries_refused;
        wire::auth_attempt event;
        event.header = header();
        event.header.user = {};
        event.header.user.user = tls_.common_name;
        event.error = why;
        services_.log.warning("login refused", {{"remote", peer_.remote}, {"why", why}});
        if (auto now = services_.auth_failures.add(peer_.source, std::move(event)))
            post(std::move(*now));
        user_.clear();
        co_return errc::access_denied;
    }
    if (*user == user_) co_return result<void>{};
    user_ = *user;
    wire::user_login event;
    event.header = header();
    event.method = tls_.common_name.empty() ? "token" : "client.cert";
    event.user_agent = request.user_agent;
    auto committing = services_.audit.commit(std::move(event));
    if (const auto committed = co_await std::move(committing); !committed) {
        services_.log.error("a login was refused: its event cannot be written",
            {{"user", user_}, {"error", committed.error().message()}});
        user_.clear();
        co_return errc::audit_failed;
    }
    services_.log.info("login", {{"connection", static_cast<std::uint64_t>(number_)},
                                    {"user", user_}, {"remote", peer_.remote}});
    ++services_.counted.logins;
    logged_in_();
    co_return result<void>{};
}

result<kube::permission> kube_owner::authorize(
    const kube::request_facts& request, kube::refusal& why)
{
    if (!services_.audit.healthy()) {
        why = {503, "ServiceUnavailable",
            "the audit log cannot be written: the proxy passes nothing on until it can"};
        return errc::audit_failed;
    }
    std::string reason;
    auto granted =
        policy_->authorizer->authorize_kubernetes(user_, cluster_->name, cluster_->labels, reason);
    if (!granted) {
        services_.log.warning(
            "not permitted", {{"user", user_}, {"cluster", cluster_->name}, {"why", reason}});
        // As for a name that does not exist: who may not use a cluster does not learn of it.
        why = {404, "NotFound", "there is no such cluster here, or you may not use it"};
        return errc::access_denied;
    }
    grant_ = std::move(*granted);
    upstream_ = upstreams_(clusters_, *cluster_);
    std::ignore = request;
    const bool may_wait =
        !policy_->authorizer->requirements_for(user_, policy::session_kind::kubernetes).empty();
    return kube::permission{upstream_.get(), grant_.as_user, grant_.as_groups, {}, may_wait};
}

wire::event_header kube_owner::header() const
{
    wire::event_header out;
    out.metadata.cluster_name = policy_->settings.cluster_name;
    out.metadata.time = to_milliseconds(services_.time.wall_now());
    out.user.user = user_;
    out.user.login = grant_.as_user;
    out.user.roles = grant_.roles;
    out.server.server_id = services_.server_id;
    out.connection = {peer_.local, peer_.remote, "kube", static_cast<std::uint64_t>(number_)};
    if (!cluster_) return out;
    out.server.server_hostname = cluster_->name;
    out.server.server_addr = endpoint_text(*cluster_->endpoint);
    out.server.server_labels = cluster_->labels;
    out.kubernetes.cluster = cluster_->name;
    out.kubernetes.labels = cluster_->labels;
    if (!grant_.as_user.empty()) out.kubernetes.users = {grant_.as_user};
    out.kubernetes.groups = grant_.as_groups;
    return out;
}

void kube_owner::post(wire::event event)
{
    const auto type = std::string(wire::type_of(event));
    if (const auto posted = services_.audit.post(std::move(event)); !posted)
        services_.log.error("an audit event was not accepted",
            {{"event", type}, {"error", posted.error().message()}});
}

asio::awaitable<result<void>> kube_owner::answered(
    const kube::request_facts& request, int code, std::string refused)
{
    // Of strangers the login's event tells, summed; theirs must not fill the books.
    if (user_.empty()) co_return result<void>{};
    wire::kube_request_event event;
    event.header = header();
    event.header.session = request.id;
    event.request_path = request.what.path;
    event.verb = request.method;
    event.resource_api_group = request.what.group_version();
    event.resource_namespace = request.what.name_space;
    event.resource_kind = request.what.resource;
    if (!request.what.subresource.empty()) event.resource_kind += '/' + request.what.subresource;
    event.resource_name = request.what.name;
    event.response_code = code;
    event.audit_id = request.audit_id;
    event.user_agent = request.user_agent;
    event.kubectl_session = request.kubectl_session;
    event.refused = std::move(refused);
    auto committing = services_.audit.commit(std::move(event));
    if (const auto committed = co_await std::move(committing); !committed)
        co_return errc::audit_failed;
    co_return result<void>{};
}

asio::awaitable<void> kube_owner::run_session(
    const kube::session_request& request, net::leg& client, net::leg& target)
{
    session::session_facts facts;
    facts.header = header();
    auto& pod = facts.header.kubernetes;
    pod.pod_name = request.request->what.name;
    pod.pod_namespace = request.request->what.name_space;
    pod.container_name = request.container;
    const auto& settings = policy_->settings;
    if (settings.session_recording == "off") {
        facts.recording = session::recording_mode::off;
        facts.recording_label = "off";
    } else if (!grant_.strict_recording) {
        facts.recording = session::recording_mode::best_effort;
    }
    apply(grant_, facts);
    facts.record_forwarded = grant_.record_port_forward;
    // The connections of a port-forward are sessions of their own, behind one request.
    if (request.kind != net::start_kind::forward) facts.id = request.request->id;
    session_terms terms{grant_, {}, policy_, policy::session_kind::kubernetes,
        request.kind == net::start_kind::forward};
    if (!tls_.common_name.empty()) terms.certificate_expires = tls_.not_after;
    auto running = run_supervised(client, target, std::move(facts), std::move(terms),
        {services_.store, services_.audit, services_.time, services_.log},
        {services_.sessions, services_.counted, services_.painter});
    co_await std::move(running);
}

void kube_owner::disconnected(const std::string& reason)
{
    wire::client_disconnect event;
    event.header = header();
    event.reason = reason;
    post(std::move(event));
}

} // namespace verbatim::server
