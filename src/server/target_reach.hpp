#pragma once

#include "server/policy_snapshot.hpp"

#include <verbatim/base/result.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <string>

namespace verbatim::server {

struct reached_target {
    boost::asio::ip::tcp::socket socket;
    policy::grant granted;
};

/// Decides by name, resolves, decides by address, connects: in this order, so that a name the user
/// may not use is not even looked up. Bounded by ssh.dial_timeout as a whole. Errors:
/// errc::access_denied, errc::target_unreachable, errc::timed_out; `why` says it for the books.
[[nodiscard]] boost::asio::awaitable<result<reached_target>> reach(const policy_snapshot& policy,
    const std::string& user, const std::string& login, const policy::target& where,
    std::string& why);

} // namespace verbatim::server
