#pragma once

#include "ssh/gate.hpp"

#include <verbatim/net/leg.hpp>
#include <verbatim/wire/ssh_messages.hpp>

namespace verbatim::ssh {

/// What a message of a session channel means to a session. Its views are those of `message`.
net::event_body to_event(side from, const wire::ssh::message& message);

} // namespace verbatim::ssh
