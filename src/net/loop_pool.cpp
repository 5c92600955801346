#include <verbatim/net/loop_pool.hpp>

#include <algorithm>

namespace verbatim::net {

namespace asio = boost::asio;

loop_pool::loop_pool(std::size_t count)
{
    if (count == 0) count = std::max(1u, std::thread::hardware_concurrency());
    for (std::size_t i = 0; i < count; ++i) {
        // One thread each, but work is posted from other loops and from the disk's threads, so the
        // hint must not be BOOST_ASIO_CONCURRENCY_HINT_UNSAFE.
        loops_.push_back(std::make_unique<asio::io_context>(1));
        guards_.push_back(asio::make_work_guard(*loops_.back()));
    }
}

loop_pool::~loop_pool()
{
    finish();
    for (auto& thread : threads_) thread.join();
}

void loop_pool::run()
{
    for (std::size_t i = 1; i < loops_.size(); ++i)
        threads_.emplace_back([&loop = *loops_[i]] { loop.run(); });
    loops_.front()->run();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

void loop_pool::finish()
{
    for (std::size_t i = 0; i < guards_.size(); ++i)
        asio::post(*loops_[i], [&guard = guards_[i]] { guard.reset(); });
}

} // namespace verbatim::net
