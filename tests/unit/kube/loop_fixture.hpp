#pragma once
// Runs coroutines to their ends, for the tests of this layer.

#include <verbatim/base/result.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>

namespace verbatim::test {

namespace asio = boost::asio;

/// A coroutine's value, there once the loop has run it to its end.
template <class T>
using outcome = std::shared_ptr<std::optional<T>>;

struct loop_fixture {
    asio::io_context loop{1};

    template <class T>
    outcome<T> start(asio::awaitable<T> task)
    {
        auto out = std::make_shared<std::optional<T>>();
        asio::co_spawn(loop, std::move(task), [out](std::exception_ptr escaped, T value) {
            if (escaped) std::rethrow_exception(escaped);
            out->emplace(std::move(value));
        });
        return out;
    }
    /// Runs the loop until it is there: the kernel is waited for, not a time.
    template <class T>
    T& run(const outcome<T>& started)
    {
        loop.restart();
        while (!*started)
            if (loop.run_one_for(std::chrono::seconds(20)) == 0) throw std::runtime_error("stuck");
        return **started;
    }
    template <class T>
    T run(asio::awaitable<T> task)
    {
        const auto started = start(std::move(task));
        return std::move(run(started));
    }
    /// What can be done now, without waiting.
    void run_ready()
    {
        loop.restart();
        while (loop.poll() != 0) {
        }
    }
};

} // namespace verbatim::test
