#pragma once
// One client connection, from its first byte to its last: the login, the target's connection, and
// the channels that are relayed between them. What is permitted is decided above, through
// connection_owner.

#include <verbatim/base/log.hpp>
#include <verbatim/base/result.hpp>
#include <verbatim/base/secret.hpp>
#include <verbatim/net/leg.hpp>
#include <verbatim/ssh/loop_state.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace verbatim::ssh {

/// TCP, or one end of a pair.
using stream_socket = boost::asio::generic::stream_protocol::socket;

/// One message of a client that wants to log in (RFC 4252). Text is the client's own: escape it
/// before showing it.
struct login_request {
    std::string user_name;      ///< the whole user name of the SSH login, routes included
    std::string method;         ///< "publickey", "password", "keyboard-interactive", "none", ...
    std::string client_version; ///< the identification string
    /// publickey: "type base64", a plain key or a certificate as it was sent (its type then ends in
    /// "-cert-v01@openssh.com"; nothing in it is checked yet).
    std::string key;
    bool proven = false; ///< the client has signed with `key`; else it asks whether that would do
    /// What a security key said when it signed.
    struct device_flags {
        bool touched = false, verified = false;
    };
    std::optional<device_flags> device; ///< of proven security keys only
    secret password;                    ///< of the method password
    /// keyboard-interactive: the answers to the prompts of the last login_answer; none: it begins.
    std::optional<std::vector<secret>> answers;
    std::string fault; ///< why the message cannot be used and is to be refused; empty: it can
};

/// What the client is told.
struct login_answer {
    enum class verdict {
        refused,
        key_would_do, ///< to a key that is not proven
        ask,          ///< keyboard-interactive: `prompts`
        partly,       ///< this factor is good, but more are needed
        granted       ///< its event is durable
    };
    struct prompt {
        std::string text;
        bool echo = false;
    };
    verdict what = verdict::refused;
    std::vector<std::string> methods; ///< refused, partly: that can continue
    std::vector<prompt> prompts;
};

/// A target that was reached but not yet logged in at.
struct target_connection {
    boost::asio::ip::tcp::socket socket;
    std::string login;
    bool by_agent = false;   ///< with the client's keys; there is none of ours then
    secret private_key;      ///< OpenSSH format
    std::string certificate; ///< "type base64"; empty: the key alone
    std::vector<std::string>
        host_keys; ///< acceptable ones, "type base64": their types are asked for first
};

/// What an SSH connection carries besides sessions.
enum class forward_kind : std::uint8_t {
    local,  ///< ssh -L, -D, -W: the client opens, the target connects; TCP or a UNIX socket
    remote, ///< ssh -R: the target listens and opens; the same
    x11,    ///< ssh -X: the target opens
    agent   ///< ssh -A: the target opens
};

/// One forwarded connection. Text is the peers' own: escape it before showing it.
struct forward_facts {
    forward_kind kind = forward_kind::local;
    std::string
        to; ///< "db.internal:5432", "[::1]:80", "/run/docker.sock"; of a remote one: what listens
    std::string from; ///< who connected, as the opening side says; may be empty
};

/// What the proxy itself answers a session.
struct local_reply {
    std::string output; ///< on standard output; lines end with "\n"
    std::string error;  ///< one line on standard error, without line end; empty: none
    std::uint32_t exit_status = 0;
};

/// The side that decides and records. Thread: the connection's loop. Outlives run_connection().
class connection_owner {
public:
    virtual ~connection_owner() = default;

    /// Decides about one message, and tells the books of a refusal. Only a proven key may be
    /// granted by a key. The request lives until the answer.
    [[nodiscard]] virtual boost::asio::awaitable<login_answer> answer_login(
        const login_request& request) = 0;

    /// True: the login names no target, and answer() serves its sessions, one at a time.
    virtual bool answers_itself() const = 0;
    /// The answer to a session's command line; a shell's or a subsystem's is empty.
    virtual local_reply answer(std::string_view command_line) = 0;

    /// True: serve() serves these sessions instead.
    virtual bool serves_live() const = 0;
    /// Serves one of them to its end. The leg outlives the call.
    [[nodiscard]] virtual boost::asio::awaitable<void> serve(net::leg& client) = 0;
    /// True: reach_target() will want a login with the agent that the client forwards.
    virtual bool wants_agent() = 0;
    /// That agent was asked to sign the login at the target: `key` (a fingerprint) did, or none,
    /// and why. For the books. Returns the line for the user, if it failed.
    virtual std::string agent_used(const std::string& key, const std::string& fault) = 0;

    /// Reaches the target at the first session channel. On error `said` is the one line for the
    /// user; no target is needed then, every session of the connection gets that line.
    [[nodiscard]] virtual boost::asio::awaitable<result<target_connection>> reach_target(
        std::string& said) = 0;

    /// The target's host key, before anything is sent that it could misuse. On error `said` is for
    /// the user.
    [[nodiscard]] virtual boost::asio::awaitable<result<void>> check_host_key(
        const std::string& key, std::string& said) = 0;

    /// The target refused the login, hung or broke; for the books. Returns the line for the user.
    virtual std::string target_failed(error_code why, const std::string& detail) = 0;

    /// Asked once the target is logged in at.
    virtual bool may_forward(forward_kind kind) const = 0;
    /// Why none of a kind that is permitted may be opened just now; empty: it may.
    virtual std::string_view closed_now(forward_kind kind) const = 0;

    /// Of the client's sessions: false: a pty is refused, and they go on without one.
    virtual bool may_have_terminal() const = 0;

    /// A channel, forward or request that does not come about; `name` as the protocol has it,
    /// `what` as far as known, `why` empty where it is not permitted. For the books.
    virtual void forward_refused(
        std::string_view name, const forward_facts& what, std::string_view why) = 0;
    /// The same of a session that the client wanted to open.
    virtual void session_refused(std::string_view why) = 0;
    /// The target listens for the client at `where` now, or no more.
    virtual void listens(const std::string& where, bool now) = 0;

    /// True: the login names no target, so each connection that the client asks for leads to one:
    /// serve_jump().
    virtual bool is_jump() const = 0;

    /// Serves the SSH connection that the client begins inside this one (`ssh -J`), to its end: as
    /// a server of its own, whose target is `host`. Cancel: close the other end of `stream`.
    [[nodiscard]] virtual boost::asio::awaitable<void> serve_jump(
        stream_socket stream, std::string host, std::uint16_t port) = 0;

    /// The command line that runs instead of a shell (`asked` is empty), a command line or a
    /// subsystem (its name); nothing: what was asked for runs. Asked at the session's start.
    virtual std::optional<std::string> forced_command(std::string_view asked) const = 0;

    /// Relays one session until both sides are closed. The legs outlive the call.
    [[nodiscard]] virtual boost::asio::awaitable<void> run_session(
        net::leg& client, net::leg& target) = 0;

    /// The same for a forwarded connection; its start opens it at the other side.
    [[nodiscard]] virtual boost::asio::awaitable<void> run_forward(
        const forward_facts& what, net::leg& client, net::leg& target) = 0;
};

struct connection_limits {
    std::chrono::seconds login_grace{30};
    std::uint32_t max_auth_tries = 6;
    /// Session channels open at once. One more is refused with SSH_OPEN_RESOURCE_SHORTAGE.
    std::uint32_t max_channels = 64;
    std::uint32_t max_forwards = 256; ///< forwarded connections and jumps open at once, the same
    std::chrono::seconds target_deadline{15}; ///< for the target's key exchange and login together
    std::chrono::seconds keepalive_interval{
        60}; ///< a peer silent for three of them is gone; 0: never
};

/// Comma lists for SSH_MSG_KEXINIT; empty: the built-in ones.
struct algorithm_choice {
    std::string kex, ciphers, macs, target_kex, target_ciphers;
};

/// Host keys, parsed once and shared by the connections of one loop.
class host_keys {
public:
    virtual ~host_keys() = default;
};
/// `private_keys` in OpenSSH format. Errors: errc::malformed.
[[nodiscard]] result<std::unique_ptr<host_keys>> load_host_keys(
    const std::vector<const secret*>& private_keys);

/// How a connection ended, for the operators' log and client.disconnect.
struct connection_outcome {
    enum class end { after_login, left, too_slow, too_many_tries, broken };
    bool logged_in = false;
    end how = end::after_login;
    std::string reason;
};

/// What a connection needs from its surroundings; all of it outlives the connection.
struct connection_context {
    connection_owner& owner;
    const host_keys& keys;
    const connection_limits& limits;
    const algorithm_choice& algorithms;
    loop_state& buffers;
    logger& log;
};

/// A running client connection.
/// Thread: the loop of `socket`.
class client_connection {
public:
    virtual ~client_connection() = default;

    /// Serves the client to the end. Cancel: close().
    [[nodiscard]] virtual boost::asio::awaitable<connection_outcome> run() = 0;

    /// True from the moment the login is granted.
    virtual bool logged_in() const noexcept = 0;

    /// A line for the users of all sessions.
    virtual void notice(const std::string& line) = 0;

    /// Ends all sessions with a line for the user and exit status 255, then the connection.
    virtual void close(const std::string& line) = 0;
};

std::unique_ptr<client_connection> make_client_connection(
    stream_socket socket, const connection_context& context);

} // namespace verbatim::ssh
