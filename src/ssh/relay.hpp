#pragma once

#include "ssh/agent_channel.hpp"
#include "ssh/channel.hpp"
#include "ssh/global_requests.hpp"
#include "ssh/held_requests.hpp"
#include "ssh/jump_stream.hpp"
#include "ssh/local_endpoint.hpp"
#include "ssh/transport.hpp"

#include <verbatim/net/task_group.hpp>
#include <verbatim/ssh/connection.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace verbatim::ssh {

/// A logged-in client, its target, and the channels between them.
///
/// Two pumps, one per transport, each take one packet at a time: decode, ask the gate, hand it to
/// the channel's leg, wait until the session is done with it. A pump goes on reading only while the
/// other transport can take more, so a stalled reader stops its writer and memory stays flat.
/// Thread: the connection's loop.
class relay {
public:
    relay(transport& client, const connection_context& context);
    ~relay();
    relay(const relay&) = delete;
    relay& operator=(const relay&) = delete;

    /// Serves the client until it leaves, its target is lost or close() is called. Returns the
    /// reason.
    boost::asio::awaitable<std::string> run();

    void notice(const std::string& line);
    void close(const std::string& line);

private:
    using slot = std::unique_ptr<channel>;

    // A peer may announce any window; what is in flight is bounded by it, so it is bounded here.
    static constexpr std::uint32_t largest_window = 64u << 20;
    // libssh ends a connection at packets above 256 KiB; OpenSSH itself uses 32 KiB.
    static constexpr std::uint32_t largest_packet = 64 * 1024;

    boost::asio::awaitable<void> pump(side from);
    boost::asio::awaitable<void> watch_peers();
    boost::asio::awaitable<void> wait_for_room(side from);
    bool must_wait(side from) const;
    /// Each bool of these: false if the sender broke the protocol.
    boost::asio::awaitable<bool> handle(side from, const wire::ssh::message& message);
    void send(side to, const wire::ssh::message& message);

    // relay_channels.cpp: channels between both sides
    boost::asio::awaitable<bool> handle_on_channel(
        side from, channel& c, const wire::ssh::message& message);
    /// A message that both sides know the channel of: asks the gate, and gives it to its session.
    boost::asio::awaitable<bool> pass_on(
        side from, channel& c, const wire::ssh::message& message, packet_source& packet);
    boost::asio::awaitable<bool> handle_answer(
        side from, channel& c, const wire::ssh::message& message);
    boost::asio::awaitable<bool> open_session(const wire::ssh::channel_open& request);
    bool open_confirmed(side from, channel& c, const wire::ssh::channel_open_confirmation& message);
    /// The failure to open it, to whoever wanted it.
    bool pass_failure(side from, channel& c);
    boost::asio::awaitable<void> run_session(channel& c);
    boost::asio::awaitable<void> run_live(channel& c);
    void session_over(channel& c);
    void answer_due_requests(side from, channel& c);
    void note_permitted(const wire::ssh::channel_request& request);
    channel_permissions permissions() const;
    void refuse_open(side to, wire::ssh::channel_number number,
        wire::ssh::open_failure_reason reason, std::string_view text);
    channel* find(side from, wire::ssh::channel_number number);
    channel& add_channel(side opener, const wire::ssh::channel_open& request, gate with = gate());
    template <class Predicate>
    std::size_t count(Predicate predicate) const
    {
        return static_cast<std::size_t>(std::count_if(
            channels_.begin(), channels_.end(), [&](const slot& s) { return s && predicate(*s); }));
    }
    void release_if_over(channel& c);

    // relay_forwards.cpp: what else than sessions a connection carries
    boost::asio::awaitable<bool> handle_global(side from, const wire::ssh::global_request& request);
    void refuse_global(const wire::ssh::global_request& request);
    void tell_of_listener();
    bool handle_global_answer(side from, bool success, byte_view data);
    boost::asio::awaitable<bool> open_from_client(const wire::ssh::channel_open& request);
    bool open_from_target(const wire::ssh::channel_open& request);
    bool open_forward(side opener, const wire::ssh::channel_open& request, forward_facts facts);
    void open_jump(const wire::ssh::channel_open& request);
    boost::asio::awaitable<void> run_forward(channel& c);
    /// Why a forward has ended, for the users of the connection's sessions.
    void tell_of_forward(const channel& c);
    boost::asio::awaitable<void> run_jump(channel& c, std::string host, std::uint16_t port);
    /// The other side has confirmed it, or failed to open it: one of the two is not null.
    boost::asio::awaitable<bool> forward_answered(side from, channel& c,
        const wire::ssh::channel_open_confirmation* confirmed,
        const wire::ssh::channel_open_failure* failed);

    // relay_target.cpp: the target's connection
    boost::asio::awaitable<void> reach_target();
    void open_local(const wire::ssh::channel_open& request);
    boost::asio::awaitable<result<void>> connect(target_connection& reached, std::string& said);
    boost::asio::awaitable<result<void>> log_in(target_connection& reached, std::string& said);
    boost::asio::awaitable<void> pump_target();
    void end_of_target();
    boost::asio::awaitable<void> leave_client();
    void flush_all();
    void wake_pumps();

    // relay_agent.cpp: a target that is logged in at with the client's own agent
    /// There is no target yet, and the client's first session must come before it.
    bool reached_by_agent() const;
    void hold_session(const wire::ssh::channel_open& request);
    bool hold(channel& c, const wire::ssh::message& message);
    boost::asio::awaitable<void> reach_with_agent();
    boost::asio::awaitable<result<void>> log_in_by_agent(
        const target_connection& reached, std::string& said);
    void open_held(channel& c);
    bool held_answered(channel& c, const wire::ssh::channel_open_confirmation* confirmed,
        const wire::ssh::channel_open_failure* failed);
    boost::asio::awaitable<void> replay_held(channel& c);
    void serve_held_here(channel& c, std::string line);

    transport* wire_of(side which) const noexcept
    {
        return which == side::client ? wires_.client : wires_.target;
    }

    connection_context context_;
    transport_pair wires_;
    std::unique_ptr<transport> target_; // wires_.target points here while it is alive
    std::vector<slot> channels_;
    std::optional<std::string> local_; // set: no target, every session gets this line
    global_requests globals_;
    std::string told_of_forward_; // the last such line
    std::uint32_t lines_of_forwards_ = 0;
    bool no_more_sessions_ = false;
    bool x11_asked_ = false,
         agent_asked_ = false;        // by a session: the target may open such channels
    bool reaching_ = false;           // reach_with_agent() runs
    bool wish_known_ = false;         // what a held session wants: its agent's use, or none
    bool agent_offered_ = false;      // by a session that is held
    bool logged_in_by_agent_ = false; // the target was: the client's wish for it has been granted
    agent_channel* agent_ = nullptr;  // while it is used; in channels_
    bool ending_ = false;
    std::string reason_;
    boost::asio::steady_timer room_for_client_, room_for_target_; // cancelled to wake that pump
    boost::asio::steady_timer keepalive_;
    boost::asio::steady_timer agent_wish_; // cancelled when a held session has said what it wants
    boost::asio::steady_timer sessions_ended_; // cancelled whenever a session has ended
    bool held_[2] = {false, false};            // that side's pump is not reading: for watch_peers()
    std::uint64_t packets_[2] = {0, 0};        // taken from each side, for watch_peers()
    net::task_group tasks_;
};

} // namespace verbatim::ssh
