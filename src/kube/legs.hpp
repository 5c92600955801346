#pragma once
// Exec and attach as legs of a session.

#include "kube/command_channels.hpp"

#include <verbatim/kube/connection.hpp>
#include <verbatim/net/leg.hpp>

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

/// The client: first a pty (with the first size that comes, waited for briefly) and the start, then
/// what the channels say. A status is sent as it is delivered, or as close() and notice() word it:
/// there is no end without one.
std::unique_ptr<net::leg> make_client_leg(
    std::unique_ptr<command_channels> channels, command_facts facts);

/// The cluster: the start, when it is delivered, calls `begin`, which gives the channels (the
/// upgrade may have been made before, so that a refusal reached the client as HTTP, or be made
/// now). Errors of `begin` become a failure with `why` as message.
using begin_command =
    std::function<boost::asio::awaitable<result<std::unique_ptr<command_channels>>>(
        std::string& why)>;
std::unique_ptr<net::leg> make_target_leg(begin_command begin);

} // namespace verbatim::kube
