#pragma once

#include "ssh/agent_messages.hpp"

#include <verbatim/wire/ssh_messages.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>

namespace verbatim::ssh {

class transport;

/// The proxy's own channel to the agent that a client forwards: one question at a time.
/// Thread: the connection's loop. `client` outlives it; no ask() may run when it is destroyed.
class agent_channel {
public:
    /// What the agent may send ahead: one answer. More ends the connection.
    static constexpr std::uint32_t window = longest_agent_message + 4;
    static constexpr std::uint32_t max_packet = 32 * 1024;

    /// `ours`: the number that the client is told.
    agent_channel(transport& client, wire::ssh::channel_number ours);

    /// Asks the client to open it; ask() waits for its answer.
    void open();

    /// Sends a whole message of the agent protocol; its answer is without the length.
    /// Errors: errc::closed (the client did not open it, has closed it or is gone, or close() was
    /// called), errc::malformed, errc::out_of_range (as agent_answer_reader).
    /// Cancel: close(). No limit of its own on time.
    [[nodiscard]] boost::asio::awaitable<result<byte_buffer>> ask(byte_buffer question);

    /// A message of the client on this channel. False: it broke the protocol.
    bool handle(const wire::ssh::message& message);

    /// Asks nothing more, and closes it. Ends ask().
    void close();
    /// Nothing more will come on it.
    bool is_over() const noexcept { return closed_by_client_ && (close_sent_ || !opened_); }

    bool in_use = false; ///< somebody may ask: not to be destroyed

private:
    bool handle_answer(const wire::ssh::message& message);
    bool take(byte_view data);
    void send(const wire::ssh::message& message);
    void send_close();
    bool is_dead() const noexcept { return closing_ || closed_by_client_; }
    boost::asio::awaitable<void> change();

    transport& client_;
    const wire::ssh::channel_number ours_;
    wire::ssh::channel_number theirs_{};
    std::uint32_t their_window_ = 0, their_packet_ = 0;
    std::uint32_t granted_ = window; // what the client may still send
    agent_answer_reader answer_;
    error_code fault_; // of what came
    bool opened_ = false, closing_ = false, close_sent_ = false, closed_by_client_ = false;
    bool eof_ = false, asked_ = false;
    // Cancelled to wake ask(), which then runs from the loop and not inside handle().
    boost::asio::steady_timer changed_;
};

} // namespace verbatim::ssh
