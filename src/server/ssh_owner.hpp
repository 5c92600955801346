#pragma once

#include "server/agent_guard.hpp"
#include "server/ssh_facts.hpp"
#include "server/ssh_login.hpp"
#include "server/ssh_target.hpp"

#include <verbatim/session/session.hpp>
#include <verbatim/ssh/connection.hpp>

#include <functional>
#include <string>

namespace verbatim::server {

/// Decides for one SSH connection, and tells both books about it.
/// Thread: the connection's loop.
class ssh_owner final : public ssh::connection_owner {
public:
    /// Serves a connection that a client begins inside its own, as one of `facts`.
    using serve_inner = std::function<boost::asio::awaitable<void>(
        ssh::stream_socket stream, ssh_connection_facts facts)>;

    ssh_owner(ssh_connection_facts facts, std::function<void()> logged_in, serve_inner inner)
        : facts_(std::move(facts)), login_(facts_, std::move(logged_in)), target_(facts_),
          serve_inner_(std::move(inner))
    {}
    ssh_owner(const ssh_owner&) = delete;
    ssh_owner& operator=(const ssh_owner&) = delete;

    boost::asio::awaitable<ssh::login_answer> answer_login(
        const ssh::login_request& request) override
    {
        return login_.answer(request);
    }
    bool answers_itself() const override;
    ssh::local_reply answer(std::string_view command_line) override;
    bool serves_live() const override;
    boost::asio::awaitable<void> serve(net::leg& client) override;
    bool wants_agent() override { return target_.wants_agent(); }
    std::string agent_used(const std::string& key, const std::string& fault) override
    {
        return target_.agent_used(key, fault);
    }
    boost::asio::awaitable<result<ssh::target_connection>> reach_target(std::string& said) override
    {
        return target_.reach(said);
    }
    boost::asio::awaitable<result<void>> check_host_key(
        const std::string& key, std::string& said) override
    {
        return target_.check_host_key(key, said);
    }
    std::string target_failed(error_code why, const std::string& detail) override
    {
        return target_.failed(why, detail);
    }
    bool may_forward(ssh::forward_kind kind) const override;
    std::string_view closed_now(ssh::forward_kind kind) const override;
    bool may_have_terminal() const override { return facts_.certificate.terminal; }
    void forward_refused(
        std::string_view name, const ssh::forward_facts& what, std::string_view why) override;
    void session_refused(std::string_view why) override;
    void listens(const std::string& where, bool now) override;
    bool is_jump() const override;
    boost::asio::awaitable<void> serve_jump(
        ssh::stream_socket stream, std::string host, std::uint16_t port) override;
    std::optional<std::string> forced_command(std::string_view asked) const override;
    boost::asio::awaitable<void> run_session(net::leg& client, net::leg& target) override;
    boost::asio::awaitable<void> run_forward(
        const ssh::forward_facts& what, net::leg& client, net::leg& target) override;

    /// client.disconnect, for a connection that had logged in.
    void disconnected(const std::string& reason);

private:
    session::session_facts session_facts() const;
    boost::asio::awaitable<void> run(
        session::session_facts facts, net::leg& client, net::leg& target, bool is_forward);

    ssh_connection_facts facts_;
    ssh_login login_;
    ssh_target target_;
    serve_inner serve_inner_;
    agent_guard agent_;
    std::uint64_t refused_requests_ = 0;
};

} // namespace verbatim::server
