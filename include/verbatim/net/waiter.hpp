#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <utility>

namespace verbatim::net {

/// Lets one coroutine wait until another, on the same loop, wakes it; the wake runs the waiter at
/// once, inside the call, so handing over a message costs no trip through the loop. At most one
/// coroutine waits at a time. Destroying a waiter while one waits destroys that coroutine. Thread:
/// the loop of both.
class waiter {
public:
    waiter() = default;
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;

    bool has_waiter() const noexcept { return waiting_ != nullptr; }

    /// Callers check their condition in a loop: a wake says "look again", nothing more.
    boost::asio::awaitable<void> wait()
    {
        return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
            [this](auto handler) {
                waiting_ = std::make_unique<holder<decltype(handler)>>(std::move(handler));
            },
            boost::asio::use_awaitable);
    }

    /// Runs the waiting coroutine until it suspends again; nothing happens if none waits.
    void wake()
    {
        if (const auto waiting = std::move(waiting_)) waiting->resume();
    }

private:
    struct holder_base {
        virtual ~holder_base() = default;
        virtual void resume() = 0;
    };
    template <class Handler>
    struct holder final : holder_base {
        explicit holder(Handler&& h) : handler(std::move(h)) {}
        void resume() override { std::move(handler)(); }
        Handler handler;
    };

    std::unique_ptr<holder_base> waiting_;
};

} // namespace verbatim::net
