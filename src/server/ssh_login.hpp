#pragma once

#include "server/ssh_facts.hpp"

#include <verbatim/ssh/connection.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <optional>

namespace verbatim::server {

/// Who a client is: the login of one SSH connection, for its owner, which has the same functions.
/// Thread: the connection's loop. `facts` outlives it.
class ssh_login {
public:
    ssh_login(ssh_connection_facts& facts, std::function<void()> logged_in)
        : facts_(facts), logged_in_(std::move(logged_in))
    {}

    bool is_acceptable(const ssh::login_request& request) const;
    boost::asio::awaitable<result<void>> log_in(const ssh::login_request& request);
    void refused(const ssh::login_request& request);

private:
    struct identity {
        std::string user;
        policy::route route;
    };
    std::optional<identity> identify(const ssh::login_request& request) const;

    ssh_connection_facts& facts_;
    std::function<void()> logged_in_;
};

} // namespace verbatim::server
