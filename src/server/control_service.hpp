#pragma once

#include "server/policy_snapshot.hpp"
#include "server/serving.hpp"
#include "server/session_visitor.hpp"

#include <verbatim/base/clock.hpp>
#include <verbatim/wire/control.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <filesystem>
#include <set>
#include <string>

namespace verbatim::server {

class control_leg;

/// The control socket: `verbatim sessions`, `kill` and `join`, run on this machine by root or by
/// the account that the proxy runs as. Whoever may connect may do everything.
/// Thread: the first loop.
class control_service {
public:
    /// References outlive this.
    control_service(
        const policy_holder& policy, serving& on, const clock& time, std::string server_id);

    /// Makes the socket, in place of one that a crash has left. Throws std::runtime_error.
    void open(const std::filesystem::path& file);
    /// Serves until close().
    [[nodiscard]] boost::asio::awaitable<void> accept();
    /// Nobody new; who is there stays until his session ends.
    void close();
    /// Everybody goes.
    void hang_up();

private:
    using socket_type = boost::asio::local::stream_protocol::socket;
    boost::asio::awaitable<void> serve(socket_type socket);
    boost::asio::awaitable<void> answer(control_leg& client, session_visitor visitor);
    boost::asio::awaitable<void> obey(
        control_leg& client, const wire::control::request& asked, const session_visitor& visitor);
    bool may_ask(uid_t account) const;
    session_visitor visitor_at(uid_t account, pid_t process) const;

    const policy_holder& policy_;
    serving& on_;
    const clock& time_;
    const std::string server_id_;
    boost::asio::local::stream_protocol::acceptor acceptor_;
    std::filesystem::path file_; // empty: not open
    std::set<control_leg*> there_;
    bool closing_ = false;
};

} // namespace verbatim::server
