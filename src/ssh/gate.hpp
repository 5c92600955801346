#pragma once
// The allowed-now table: what each side may send on a relayed session channel, decided before
// anything is recorded or passed on. No I/O.

#include <verbatim/base/result.hpp>
#include <verbatim/wire/ssh_messages.hpp>

#include <cstdint>

namespace verbatim::ssh {

enum class side : std::uint8_t { client, target };

/// What to do with a message that decodes.
enum class verdict : std::uint8_t {
    pass,       ///< record it and pass it on
    answer_no,  ///< not passed on; a reply that is wanted says failure
    answer_yes, ///< not passed on; a reply that is wanted says success
    drop,       ///< late: its sender or the channel has closed
    violation,  ///< the sender broke the protocol; the connection ends
};

/// What the client of a session may ask for besides it.
struct channel_permissions {
    bool x11 = false, agent = false;
    bool terminal = true;
    bool agent_stays = false; ///< where not `agent`: the proxy alone uses it, and grants it itself
};

/// One relayed channel's state as far as its messages change what may follow: a session's, or a
/// forwarded connection's, which carries data alone.
/// Thread: one.
class gate {
public:
    enum class carries : std::uint8_t { session, forward };
    explicit gate(carries what = carries::session, channel_permissions permitted = {})
        : what_(what), permitted_(permitted), started_(what == carries::forward)
    {}

    /// Who was asked to open the channel has confirmed it.
    void confirmed() noexcept { open_ = true; }
    /// It was not opened, at this side or at all: nothing is to be waited for.
    void never_opened(side at) noexcept { of(at).closed = true; }

    /// The verdict for `message` from `from`, and the state after it.
    verdict check(side from, const wire::ssh::message& message);

    bool started() const noexcept { return started_; }
    bool is_closed(side from) const noexcept { return of(from).closed; }
    /// The proxy itself closed the channel towards both: late messages are dropped.
    void end() noexcept { ended_ = true; }

private:
    struct half {
        bool eof = false, closed = false;
    };
    half& of(side which) noexcept { return halves_[static_cast<std::size_t>(which)]; }
    const half& of(side which) const noexcept { return halves_[static_cast<std::size_t>(which)]; }
    verdict check_client_request(const wire::ssh::channel_request& request);

    half halves_[2];
    carries what_;
    channel_permissions permitted_;
    bool open_ = false, started_, ended_ = false;
};

} // namespace verbatim::ssh
