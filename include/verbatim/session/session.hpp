#pragma once
// The pull-record-forward loop: two legs, one recorder, and nothing passes that is not recorded.

#include <verbatim/audit/audit_log.hpp>
#include <verbatim/base/clock.hpp>
#include <verbatim/base/ids.hpp>
#include <verbatim/base/log.hpp>
#include <verbatim/net/leg.hpp>
#include <verbatim/record/recorder.hpp>
#include <verbatim/session/limits.hpp>
#include <verbatim/session/live_session.hpp>
#include <verbatim/session/party.hpp>
#include <verbatim/wire/events.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace verbatim::session {

enum class recording_mode {
    strict,      ///< no recording, no session; a recorder that fails ends it
    best_effort, ///< goes on without a recording, loudly
    off,         ///< events only
};

/// What a session of net::start_kind::forward carries: it decides on the events.
enum class forward_kind { port, x11, agent };

/// How a session with a terminal may be shared.
struct sharing_rules {
    bool tell = true;     ///< who joins, leaves, pauses: one line for everybody
    bool smallest = true; ///< the smallest of the owner's terminal and the peers' rules; false: the
                          ///< owner's
    std::size_t most_parties = 256;
    /// Who is still missing before it may run: a line for people; empty: nobody.
    using requirement = std::function<std::string(const std::vector<party_facts>& there)>;
    requirement missing;         ///< null: it may run without parties
    bool pause_on_leave = false; ///< someone needed has left: pause it; false: end it
    /// For so long output waits for more of it before those who only watch are shown it: waking
    /// them for each echo would take time from who types.
    std::chrono::milliseconds for_watchers{0};
};

/// What is known of a session before it starts.
struct session_facts {
    /// User, login, target and connection; index, time, uid and session id are filled in per event.
    wire::event_header header;
    recording_mode recording = recording_mode::strict;
    bool record_input = true; ///< a pty's input; other input is recorded unless recording is off
    bool record_forwarded =
        true; ///< false: of a forwarded connection the sizes only, not the bytes
    std::string recording_label = "proxy"; ///< `session_recording`
    /// File copies (sftp, scp, rsync) that are not permitted end before their bytes go on.
    bool file_upload = true, file_download = true;
    forward_kind forwarded = forward_kind::port;
    std::string originator;      ///< of a forward: who connected, as far as known
    bool ssh_in_forward = false; ///< false: an SSH conversation in a forward ends it
    session_id id;               ///< nil: a random one, or that of `live`
    limits bounds;
    /// Not empty: the session does not start. Its user gets this line, session.rejected has it.
    std::string refused;
    std::shared_ptr<live_session> live; ///< null: nobody outside looks at it, or joins
    sharing_rules sharing;
};

/// What sessions share. All of it outlives them.
struct session_services {
    record::recording_store& store;
    audit::audit_log& audit;
    const clock& time;
    logger& log;
    /// How long a target may take to close after its client has.
    std::chrono::milliseconds close_deadline{10'000};
    /// How often limits are looked at, at least: the wall clock may be set.
    std::chrono::milliseconds limit_interval{30'000};
    /// Where terminal emulators run; empty: no session can be joined.
    boost::asio::any_io_executor painter{};
};

/// Relays and records one session: from the channel's opening, over its start (shell, command,
/// subsystem, ...; session.start is durable in both books before the request goes on), to its end.
/// What files it transfers by sftp, scp, rsync or tar is told as sftp and scp events.
/// Completes when the recording is finished and session.end is durable, or its failure is logged.
/// Legs: closed on return unless both sides closed by themselves. They outlive the call.
/// Cancel: close the client leg. Thread: the legs' loop.
[[nodiscard]] boost::asio::awaitable<void> run_session(
    net::leg& client, net::leg& target, session_facts facts, session_services services);

} // namespace verbatim::session
