#pragma once

#include "server/certificate_check.hpp"
#include "server/connection_service.hpp"
#include "server/metrics.hpp"
#include "server/password_check.hpp"
#include "server/policy_snapshot.hpp"
#include "server/session_registry.hpp"

#include <verbatim/audit/audit_log.hpp>
#include <verbatim/audit/auth_failure_limiter.hpp>
#include <verbatim/base/clock.hpp>
#include <verbatim/base/log.hpp>
#include <verbatim/policy/authorizer.hpp>
#include <verbatim/policy/route.hpp>
#include <verbatim/record/recorder.hpp>
#include <verbatim/ssh/learned_hosts.hpp>
#include <verbatim/ssh/user_certificate.hpp>
#include <verbatim/wire/events.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstdint>
#include <optional>
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
    session_registry& sessions;
    password_checker& passwords;
    const ssh::public_key& target_ca; ///< never a user's certificate authority
    boost::asio::any_io_executor painter;
};

/// Of a connection inside another one (`ssh -J`): who the outer's user is, and where it leads.
struct jump_facts {
    std::string user, host;
    std::uint16_t port = 22;
};

/// What is known of one SSH connection, and how its events begin. Thread: the connection's loop.
struct ssh_connection_facts {
    policy_pointer policy; ///< as it was when the connection came
    ssh_services services;
    connection_number number;
    peer_addresses peer;
    std::optional<jump_facts> jump;

    // From the login on.
    std::string user{};
    policy::route route{};
    std::string client_version{};
    // Once a target was asked for.
    policy::target target{};
    policy::grant grant{};

    // Of the login, where it was by a certificate.
    certificate_limits certificate{};
    std::optional<wall_time> certificate_expires{}; ///< none: it was no certificate

    /// `granted`, less what the login's certificate does not permit.
    policy::grant narrowed(policy::grant granted) const;

    wire::event_header header() const;
    /// Without waiting; what the audit log does not take stands in the operators' log.
    void post(wire::event event) const;
    /// session.rejected.
    void reject(const std::string& reason) const;
};

/// "127.0.0.1:22", "[::1]:22".
std::string endpoint_text(const policy::target& target);

} // namespace verbatim::server
