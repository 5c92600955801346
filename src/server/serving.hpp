#pragma once

#include "server/metrics.hpp"
#include "server/session_registry.hpp"

#include <verbatim/base/log.hpp>
#include <verbatim/net/loop_pool.hpp>
#include <verbatim/net/task_group.hpp>

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace verbatim::server {

/// What all listeners share: the loops, their connections' tasks, the counts.
struct serving {
    serving(std::size_t count, logger& l) : loops(count), log(l)
    {
        for (std::size_t i = 0; i < loops.size(); ++i)
            tasks.push_back(std::make_unique<net::task_group>(loops.at(i).get_executor(), log));
    }

    net::loop_pool loops;
    logger& log;
    std::vector<std::unique_ptr<net::task_group>> tasks; ///< one a loop, used there only
    metrics counted;
    session_registry sessions;
    boost::asio::thread_pool painters{1}; ///< terminal emulators of sessions
    std::uint64_t next_connection = 1;    ///< first loop only
    std::atomic<std::size_t> live{0};
};

} // namespace verbatim::server
