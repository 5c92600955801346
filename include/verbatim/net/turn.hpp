#pragma once

#include <verbatim/net/waiter.hpp>

#include <boost/asio/awaitable.hpp>

#include <deque>
#include <optional>
#include <utility>

namespace verbatim::net {

/// Mutual exclusion of one loop's coroutines, in the order of their arrival.
/// Thread: that loop.
class turn {
public:
    /// Held until it is destroyed.
    class held {
    public:
        explicit held(turn& of) noexcept : of_(&of) {}
        held(held&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
        held& operator=(held&&) = delete;
        ~held()
        {
            if (of_) of_->give();
        }

    private:
        turn* of_;
    };

    turn() = default;
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;

    /// Nothing: somebody else has it.
    std::optional<held> try_take()
    {
        if (std::exchange(busy_, true)) return std::nullopt;
        return std::optional<held>(std::in_place, *this);
    }

    /// Completes when everybody who came before is done. Destroying the coroutine that waits leaves
    /// the line.
    boost::asio::awaitable<held> take()
    {
        if (!std::exchange(busy_, true)) co_return held(*this);
        place mine(*this);
        while (!mine.reached) {
            auto waiting = mine.bell.wait();
            co_await std::move(waiting);
        }
        co_return held(*this);
    }

private:
    struct place {
        explicit place(turn& whose) : of(whose) { of.line_.push_back(this); }
        ~place() { std::erase(of.line_, this); }
        turn& of;
        waiter bell;
        bool reached = false;
    };

    void give()
    {
        if (line_.empty()) {
            busy_ = false;
            return;
        }
        place* next = line_.front();
        line_.pop_front();
        next->reached = true;
        next->bell.wake();
    }

    bool busy_ = false;
    std::deque<place*> line_;
};

} // namespace verbatim::net
