#include "ssh/channel.hpp"

#include "ssh/agent_channel.hpp"
#include "ssh/held_requests.hpp"
#include "ssh/jump_stream.hpp"
#include "ssh/live_channel.hpp"
#include "ssh/local_endpoint.hpp"

#include <verbatim/wire/ssh_connection.hpp>

#include <utility>

namespace verbatim::ssh {

namespace ws = wire::ssh;

channel::channel(ws::channel_number number, transport_pair& wires, side opened_by, gate with)
    : ours(number), transports(wires), opener(opened_by), rules(with)
{}

channel::~channel() = default;

void channel::send_open()
{
    transport* to = wire_of(other(opener));
    if (!forward || forward->sent || !to || to->is_closed()) return;
    forward->sent = forward->unanswered = true;
    std::ignore = to->send(forward->packet); // a failing transport ends its own pump
    to->flush();
}

void channel::refuse(ws::open_failure_reason reason, std::string_view text)
{
    transport* to = wire_of(opener);
    if (!forward || !std::exchange(forward->owed, false) || !to || to->is_closed()) return;
    byte_buffer payload;
    ws::encode(payload, ws::channel_open_failure{number_at(opener), reason, text, ""});
    std::ignore = to->send(payload); // as above
    to->flush();
}

} // namespace verbatim::ssh
