#pragma once

#include <verbatim/base/result.hpp>
#include <verbatim/net/leg.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>

namespace verbatim::session {

/// What those who share a session may do to it. Thread: the session's loop.
class session_core {
public:
    virtual ~session_core() = default;

    /// Records an event of the client's side and gives it to the target, after those that came
    /// before. `party`: who typed it; empty: the owner. An error has ended the session.
    [[nodiscard]] virtual boost::asio::awaitable<result<void>> pass_on(
        const net::leg_event& event, std::string_view party) = 0;

    /// The start is held back: the owner's keys are wanted all the same.
    virtual void read_before_start() = 0;

    /// How many bytes of a party's the target takes now.
    virtual std::size_t room_at_target() const = 0;

    /// Shows everybody a text of the proxy's own.
    [[nodiscard]] virtual boost::asio::awaitable<void> show_all(std::string text) = 0;

    /// Ends the session with a line for everybody.
    virtual void end_with(const std::string& line) = 0;

    /// The session does not start: `line` says why, to its user and to the log.
    virtual void refuse(const std::string& line) = 0;
};

} // namespace verbatim::session
