#pragma once

#include "ssh/transport.hpp"

#include <verbatim/ssh/connection.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>

namespace verbatim::ssh {

/// Key exchange with a target and its host key's check, before any login.
/// Errors: errc::host_key_mismatch, errc::closed, errc::ssh_transport; `said` is set where the
/// owner had a line for the user. The caller bounds the time.
[[nodiscard]] boost::asio::awaitable<result<void>> meet_target(
    transport& target, connection_owner& owner, std::string& said);

/// The proxy's own login there. Errors: errc::target_login_refused, errc::closed,
/// errc::ssh_transport. The caller bounds the time.
[[nodiscard]] boost::asio::awaitable<result<void>> log_in_at_target(
    transport& target, target_connection& login);

/// The host key algorithms to ask for, those of the acceptable keys first; empty: no preference.
std::string host_key_preference(const std::vector<std::string>& host_keys);

} // namespace verbatim::ssh
