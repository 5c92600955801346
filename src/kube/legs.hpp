#pragma once
// Exec and attach as legs of a session.

#include "kube/command_channels.hpp"

#include <verbatim/base/log.hpp>
#include <verbatim/net/leg.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace verbatim::kube {

struct command_facts {
    net::start_kind kind = net::start_kind::exec; ///< or attach
    std::vector<std::string> arguments;
    bool tty = false;
};

/// A leg that has coroutines of its own. Thread: the session's loop.
class command_leg : public net::leg {
public:
    /// Closes it if nobody has, and completes when what it still had to say is sent (or its
    /// deadline is over) and none of its coroutines runs. Must be awaited before it is destroyed.
    [[nodiscard]] virtual boost::asio::awaitable<void> finished() = 0;
};

/// The client: first a pty (with the first size that comes, waited for briefly) and the start, then
/// what the channels say. A status is sent as it is delivered, or as close() and notice() word it:
/// there is no end without one.
/// Opens the channels itself.
std::unique_ptr<command_leg> make_client_leg(boost::asio::any_io_executor loop,
    std::unique_ptr<command_channels> channels, command_facts facts, logger& log);

/// The cluster: the start, when it is delivered, calls `begin`, which gives the channels (the
/// upgrade may have been made before, so that a refusal reached the client as HTTP, or be made
/// now); the leg opens them. Errors of `begin` become a failure with `why` as message. `abandon`
/// ends a `begin` under way, when the session ends before it.
using begin_command =
    std::function<boost::asio::awaitable<result<std::unique_ptr<command_channels>>>(
        std::string& why)>;
std::unique_ptr<command_leg> make_target_leg(
    boost::asio::any_io_executor loop, begin_command begin, std::function<void()> abandon);

} // namespace verbatim::kube
