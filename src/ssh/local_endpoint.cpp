#include "ssh/local_endpoint.hpp"

#include "ssh/transport.hpp"

#include <verbatim/wire/ssh_connection.hpp>

namespace verbatim::ssh {

namespace ws = wire::ssh;

namespace {

void send(transport& to, const ws::message& message)
{
    byte_buffer payload;
    ws::encode(payload, message);
    std::ignore = to.send(payload); // a failing transport ends its own pump
}

void give_answer(transport& client, ws::channel_number channel, const local_answer& answer)
{
    const std::string line = "verbatim: " + answer.text + "\r\n";
    send(client, ws::channel_extended_data{channel, ws::extended_data_stderr, as_bytes(line)});
    send(client, ws::channel_request{channel, false, ws::exit_status{answer.exit_status}});
    send(client, ws::channel_eof{channel});
    send(client, ws::channel_close{channel});
}

} // namespace

bool serve_local_channel(transport& client, ws::channel_number client_number, bool& answered,
    const local_answer& answer, const ws::message& message)
{
    if (std::holds_alternative<ws::channel_close>(message)) {
        if (!answered) send(client, ws::channel_close{client_number});
        return false;
    }
    const auto* request = std::get_if<ws::channel_request>(&message);
    if (!request || answered) return true; // input for nobody, or late
    const bool starts = std::holds_alternative<ws::shell_request>(request->detail) ||
                        std::holds_alternative<ws::exec_request>(request->detail) ||
                        std::holds_alternative<ws::subsystem_request>(request->detail);
    const bool granted = starts || std::holds_alternative<ws::pty_request>(request->detail) ||
                         std::holds_alternative<ws::env_request>(request->detail) ||
                         std::holds_alternative<ws::window_change>(request->detail);
    if (request->want_reply) {
        if (granted) send(client, ws::channel_success{client_number});
        else send(client, ws::channel_failure{client_number});
    }
    if (starts) {
        answered = true;
        give_answer(client, client_number, answer);
    }
    return true;
}

} // namespace verbatim::ssh
