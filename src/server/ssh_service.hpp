#pragma once

#include "server/connection_service.hpp"
#include "server/live_set.hpp"
#include "server/serving.hpp"
#include "server/ssh_owner.hpp"

#include <verbatim/ssh/connection.hpp>
#include <verbatim/ssh/key_store.hpp>

#include <memory>
#include <vector>

namespace verbatim::server {

/// SSH connections. All arguments outlive it.
class ssh_service final : public connection_service {
public:
    /// Throws std::runtime_error when a host key cannot be used.
    ssh_service(const policy_holder& policy, serving& on, const ssh::key_store& keys,
        const ssh_services& services);

    boost::asio::awaitable<void> serve(std::size_t loop, admitted_connection connection) override;
    void tell(std::size_t loop, const std::string& line) override;
    void close(std::size_t loop, const std::string& line) override;

private:
    /// A connection inside another one.
    boost::asio::awaitable<void> serve_inner(
        std::size_t loop, ssh::stream_socket stream, ssh_connection_facts facts);
    boost::asio::awaitable<ssh::connection_outcome> serve_one(std::size_t loop,
        ssh::stream_socket socket, ssh_connection_facts facts, std::function<void()> logged_in);

    /// What belongs to one event loop.
    struct part {
        std::unique_ptr<ssh::loop_state> buffers;
        std::unique_ptr<ssh::host_keys> keys;
        live_set<ssh::client_connection> live;
    };
    void count(ssh::connection_outcome::end how);

    const policy_holder& policy_;
    serving& on_;
    ssh_services services_;
    ssh::connection_limits limits_;
    ssh::algorithm_choice algorithms_;
    std::vector<std::unique_ptr<part>> parts_;
};

} // namespace verbatim::server
