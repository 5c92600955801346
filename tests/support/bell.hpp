#pragma once

#include <verbatim/base/result.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace verbatim::test {

/// Wakes whoever waits, through the loop; waiters look at their condition again. For fakes.
class bell {
public:
    explicit bell(boost::asio::any_io_executor loop)
        : timer_(std::move(loop), boost::asio::steady_timer::time_point::max())
    {}
    void ring() { timer_.cancel(); }
    boost::asio::awaitable<void> wait()
    {
        error_code ignored; // the ring is what cancels
        auto rung =
            timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
        co_await std::move(rung);
    }

private:
    boost::asio::steady_timer timer_;
};

} // namespace verbatim::test
