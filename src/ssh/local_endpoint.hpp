#pragma once

#include <verbatim/ssh/connection.hpp>
#include <verbatim/wire/ssh_messages.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace verbatim::ssh {

class transport;

/// A session channel that ends in the proxy: requests for a terminal are granted until a shell,
/// command or subsystem is asked for; then it is answered, as far as the client's window allows,
/// and closed. Thread: the connection's loop.
class local_channel {
public:
    /// Gives the answer to a session's command line (a shell's is empty). Called at most once.
    using answerer = std::function<local_reply(std::string_view command_line)>;

    /// `opened`: the client's request. `client` outlives this object.
    local_channel(transport& client, const wire::ssh::channel_open& opened, answerer answer);

    /// Serves one message of the client on this channel.
    /// False: both sides have closed it, so it may be forgotten.
    /// Errors of sending show at the transport's next step.
    bool serve(const wire::ssh::message& message);

private:
    void serve_request(const wire::ssh::channel_request& request);
    void give_answer(std::string_view command_line);
    void send_waiting();

    transport& client_;
    const wire::ssh::channel_number client_number_;
    std::uint64_t window_;
    const std::uint32_t packet_;
    answerer answer_;
    local_reply reply_; // what is not yet sent of it
    bool terminal_ = false, answered_ = false, closed_ = false;
};

} // namespace verbatim::ssh
