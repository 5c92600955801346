#pragma once

#include <verbatim/base/result.hpp>
#include <verbatim/kube/upstream.hpp>
#include <verbatim/net/byte_stream.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace verbatim::kube {

/// Resolves, connects to the first address that answers, and speaks TLS where the endpoint has it:
/// all within its dial_timeout. On the caller's loop.
/// Errors: errc::timed_out, errc::target_unreachable; `why`, which outlives the call, says it.
[[nodiscard]] boost::asio::awaitable<result<std::unique_ptr<net::byte_stream>>> dial(
    std::shared_ptr<const cluster_endpoint> to, std::string& why);

} // namespace verbatim::kube
