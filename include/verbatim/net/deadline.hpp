#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace verbatim::net {

/// Bounds what happens while it lives: when the time is over, `give_up` is called once, and that
/// must make the waiting operation end (close its socket, cancel its resolver). Thread: the loop of
/// `executor`.
class deadline {
public:
    deadline(boost::asio::any_io_executor executor, std::chrono::milliseconds after,
        std::function<void()> give_up)
        : state_(std::make_shared<state>(state{false, false, std::move(give_up)})),
          timer_(std::move(executor), after)
    {
        timer_.async_wait([shared = state_](boost::system::error_code cancelled) {
            if (cancelled || shared->over) return;
            shared->expired = true;
            shared->give_up();
        });
    }
    ~deadline() { state_->over = true; }
    deadline(const deadline&) = delete;
    deadline& operator=(const deadline&) = delete;

    bool expired() const noexcept { return state_->expired; }

private:
    struct state {
        bool over, expired;
        std::function<void()> give_up;
    };
    // Shared with the timer's handler, which may be queued already when this is destroyed.
    std::shared_ptr<state> state_;
    boost::asio::steady_timer timer_;
};

} // namespace verbatim::net
