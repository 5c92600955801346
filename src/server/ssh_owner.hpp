#pragma once

#include "server/connection_service.hpp"
#include "server/metrics.hpp"
#include "server/policy_snapshot.hpp"

#include <verbatim/audit/audit_log.hpp>
#include <verbatim/audit/auth_failure_limiter.hpp>
#include <verbatim/base/clock.hpp>
#include <verbatim/base/ids.hpp>
#include <verbatim/base/log.hpp>
#include <verbatim/record/recorder.hpp>
#include <verbatim/session/session.hpp>
#include <verbatim/ssh/connection.hpp>
#include <verbatim/ssh/learned_hosts.hpp>
#include <verbatim/ssh/user_certificate.hpp>

#include <boost/asio/thread_pool.hpp>

#include <functional>
#include <string>

namespace verbatim::server {

/// What the connections of a server share; all of it outlives them.
struct ssh_services {
    const ssh::certificate_issuer& issuer;
    const ssh::learned_hosts& learned;
    record::recording_store& store;
    audit::audit_log& audit;
    audit::auth_failure_limiter& auth_failures;
    boost::asio::thread_pool& blocking; ///< for small files that must not be waited for on a loop
    const clock& time;
    logger& log;
    std::string server_id;
    metrics& counted;
};

/// Decides for one SSH connection, and tells both books about it.
/// Thread: the connection's loop.
class ssh_owner final : public ssh::connection_owner {
public:
    ssh_owner(policy_pointer policy, const ssh_services& services, connection_number number,
        peer_addresses peer, std::function<void()> logged_in);

    bool is_acceptable(const ssh::login_request& request) override;
    boost::asio::awaitable<result<void>> log_in(const ssh::login_request& request) override;
    void login_refused(const ssh::login_request& request) override;
    boost::asio::awaitable<result<ssh::target_connection>> reach_target(std::string& said) override;
    boost::asio::awaitable<result<void>> check_host_key(
        const std::string& key, std::string& said) override;
    std::string target_failed(error_code why, const std::string& detail) override;
    void forward_refused(std::string_view kind) override;
    boost::asio::awaitable<void> run_session(net::leg& client, net::leg& target) override;

    /// client.disconnect, for a connection that had logged in.
    void disconnected(const std::string& reason);

private:
    struct identity {
        std::string user;
        policy::route route;
    };
    std::optional<identity> identify(const ssh::login_request& request) const;
    wire::event_header header() const;
    void post(wire::event event);
    void reject(const std::string& reason);
    std::string no_target_answer() const;
    boost::asio::awaitable<result<void>> add_credentials(
        ssh::target_connection& out, std::string& said);
    boost::asio::awaitable<result<std::vector<std::string>>> expected_host_keys();

    policy_pointer policy_;
    ssh_services services_;
    connection_number number_;
    peer_addresses peer_;
    std::function<void()> logged_in_;
    identity who_;
    std::string client_version_;
    policy::target target_;
    policy::grant grant_;
    std::uint64_t refused_requests_ = 0;
};

} // namespace verbatim::server
