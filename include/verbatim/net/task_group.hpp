#pragma once

#include <verbatim/base/log.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <string>

namespace verbatim::net {

/// The parent of coroutines: counts them, logs what escapes from one, and waits for all.
/// Thread: one loop, that of `executor`. Must be joined before it is destroyed.
class task_group {
public:
    /// `log` outlives the group.
    task_group(boost::asio::any_io_executor executor, logger& log);
    ~task_group();
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;

    /// Starts `task`; an exception that escapes it is logged with `name` and ends that task alone.
    void spawn(std::string name, boost::asio::awaitable<void> task);

    /// Completes when no task runs. Cancel: none; the tasks must be told to end first.
    boost::asio::awaitable<void> join();

    std::size_t size() const noexcept { return running_; }

private:
    void finished(const std::string& name, std::exception_ptr escaped);

    boost::asio::any_io_executor executor_;
    logger& log_;
    std::size_t running_ = 0;
    boost::asio::steady_timer idle_; // never expires: cancelled when the last task ends
};

} // namespace verbatim::net
