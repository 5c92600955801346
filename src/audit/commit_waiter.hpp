#pragma once
// A coroutine that waits for its event to be durable, without its type.

#include <verbatim/base/result.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <utility>

namespace verbatim::audit {

class commit_waiter {
public:
    virtual ~commit_waiter() = default;
    /// Call once, from any thread: the coroutine goes on later, on its own executor.
    virtual void complete(result<void> outcome) = 0;
};

template <class Handler>
class handler_waiter final : public commit_waiter {
public:
    explicit handler_waiter(Handler handler)
        : handler_(std::move(handler)), work_(boost::asio::get_associated_executor(handler_))
    {}

    void complete(result<void> outcome) override
    {
        boost::asio::post(work_.get_executor(),
            [handler = std::move(handler_), outcome]() mutable { std::move(handler)(outcome); });
        work_.reset();
    }

private:
    Handler handler_;
    // Keeps the loop from running dry while the event is on its way.
    boost::asio::executor_work_guard<boost::asio::associated_executor_t<Handler>> work_;
};

template <class Handler>
std::unique_ptr<commit_waiter> make_commit_waiter(Handler handler)
{
    return std::make_unique<handler_waiter<Handler>>(std::move(handler));
}

} // namespace verbatim::audit
