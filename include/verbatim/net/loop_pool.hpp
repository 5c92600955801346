#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace verbatim::net {

/// One event loop per core, each with one thread; what is pinned to a loop stays there for life.
/// The first loop is run by whoever calls run(), the others by threads of the pool.
class loop_pool {
public:
    /// `count` 0: one per core.
    explicit loop_pool(std::size_t count);
    ~loop_pool();
    loop_pool(const loop_pool&) = delete;
    loop_pool& operator=(const loop_pool&) = delete;

    std::size_t size() const noexcept { return loops_.size(); }
    boost::asio::io_context& at(std::size_t index) { return *loops_[index]; }

    /// Runs until finish() was called and every loop is empty. Rethrows what escapes a handler.
    void run();

    /// Lets loops end once nothing is left to do on them. Thread: any.
    void finish();

private:
    using guard = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;

    std::vector<std::unique_ptr<boost::asio::io_context>> loops_;
    std::vector<guard> guards_;
    std::vector<std::thread> threads_;
};

} // namespace verbatim::net
