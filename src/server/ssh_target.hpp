#pragma once

#include "server/ssh_facts.hpp"

#include <verbatim/ssh/connection.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace verbatim::server {

/// The way to the target of one SSH connection, for its owner, which has the same functions.
/// Thread: the connection's loop. `facts` outlives it.
class ssh_target {
public:
    explicit ssh_target(ssh_connection_facts& facts) : facts_(facts) {}

    bool wants_agent() const;
    std::string agent_used(const std::string& key, const std::string& fault);
    boost::asio::awaitable<result<ssh::target_connection>> reach(std::string& said);
    boost::asio::awaitable<result<void>> check_host_key(const std::string& key, std::string& said);
    std::string failed(error_code why, const std::string& detail);

private:
    boost::asio::awaitable<result<void>> add_credentials(
        ssh::target_connection& out, std::string& said);
    boost::asio::awaitable<result<std::vector<std::string>>> expected_host_keys();

    ssh_connection_facts& facts_;
};

} // namespace verbatim::server
