#pragma once

#include <verbatim/wire/ssh_messages.hpp>

#include <cstdint>
#include <string>

namespace verbatim::ssh {

class transport;

/// What a session channel that ends in the proxy says: one line on standard error, then this
/// status.
struct local_answer {
    std::string text; ///< without line end
    std::uint32_t exit_status = 255;
};

/// Serves one message of a client on such a channel: requests are granted until a shell, command or
/// subsystem is asked for; then the answer is given and the channel closed.
/// Returns false when the client has closed the channel, which may be forgotten then.
/// Errors of sending show at the transport's next step.
bool serve_local_channel(transport& client, wire::ssh::channel_number client_number, bool& answered,
    const local_answer& answer, const wire::ssh::message& message);

} // namespace verbatim::ssh
