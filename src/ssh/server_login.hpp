#pragma once

#include "ssh/transport.hpp"

#include <verbatim/ssh/connection.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>

namespace verbatim::ssh {

/// Key exchange and user authentication of a client, to the granted login.
/// Errors: errc::closed, errc::ssh_transport, errc::limit_reached (tries). The caller bounds the
/// time.
[[nodiscard]] boost::asio::awaitable<result<void>> log_client_in(
    transport& client, connection_owner& owner, std::uint32_t max_tries);

} // namespace verbatim::ssh
