#pragma once

#include "server/certificate_check.hpp"
#include "server/ssh_facts.hpp"

#include <verbatim/login/progress.hpp>
#include <verbatim/ssh/connection.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <optional>
#include <set>

namespace verbatim::server {

/// Who a client is: the login of one SSH connection, for its owner. Before anything is proven, the
/// answers are the same for every user name; how long they take, too.
/// Thread: the connection's loop. `facts` outlives it.
class ssh_login {
public:
    ssh_login(ssh_connection_facts& facts, std::function<void()> logged_in)
        : facts_(facts), logged_in_(std::move(logged_in))
    {}

    boost::asio::awaitable<ssh::login_answer> answer(const ssh::login_request& request);

private:
    /// Whom a key or certificate names.
    struct key_owner {
        const login::account* user = nullptr;
        std::optional<certificate_limits> certificate;
        bool touch_required = true, verify_required = false;
        std::string key;   ///< the plain one, as a line
        std::string shown; ///< for the operators' log
    };
    /// A login of several factors that has begun.
    struct begun {
        std::string user_name;
        const login::account* user;
        login::progress progress;
        std::set<std::string> keys; ///< plain ones that were used
        std::optional<certificate_limits> certificate;
        bool password = false; ///< was given
        std::string ways;      ///< for the operators' log
    };

    boost::asio::awaitable<ssh::login_answer> by_key(
        const ssh::login_request& request, policy::route route);
    boost::asio::awaitable<ssh::login_answer> by_password(
        const ssh::login_request& request, policy::route route);
    boost::asio::awaitable<ssh::login_answer> pass(
        const ssh::login_request& request, policy::route route, const key_owner& owner);
    boost::asio::awaitable<bool> grant(const ssh::login_request& request, policy::route route);

    std::optional<key_owner> find_owner(
        const ssh::login_request& request, const policy::route& route, std::string& why) const;
    std::optional<key_owner> owner_of_certificate(
        const std::string& line, const policy::route& route, std::string& why) const;
    std::string device_fault(const key_owner& owner, const ssh::login_request& request) const;
    std::string whole_name(const std::string& sent) const;
    /// Whom a password is for, known or not; empty: the user name does not tell.
    std::string claimed_user(const policy::route& route) const;
    std::string counted_as(const std::string& claimed) const;
    boost::asio::awaitable<bool> admitted(const std::string& counted);
    login::progress required(const login::account& user) const;
    bool expects(const login::account& user, std::string_view method) const;
    ssh::login_answer ask(const ssh::login_request& request);
    ssh::login_answer refuse(std::string why, const std::string& user = {});
    std::vector<std::string> methods() const;
    const login_rules& rules() const { return facts_.policy->logins; }

    ssh_connection_facts& facts_;
    std::function<void()> logged_in_;
    std::optional<begun> begun_;
    std::string user_name_; // of the request in hand
    std::uint64_t requests_ = 0;
    bool asked_password_ = false, asked_code_ = false; // by keyboard-interactive
};

} // namespace verbatim::server
