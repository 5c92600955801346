#include <verbatim/net/task_group.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cassert>
#include <exception>

namespace verbatim::net {

namespace asio = boost::asio;

task_group::task_group(asio::any_io_executor executor, logger& log)
    : executor_(executor), log_(log), idle_(executor, asio::steady_timer::time_point::max())
{}

task_group::~task_group() { assert(running_ == 0); }

void task_group::spawn(std::string name, asio::awaitable<void> task)
{
    ++running_;
    asio::co_spawn(executor_, std::move(task),
        [this, name = std::move(name)](std::exception_ptr escaped) { finished(name, escaped); });
}

void task_group::finished(const std::string& name, std::exception_ptr escaped)
{
    if (escaped) {
        try {
            std::rethrow_exception(escaped);
        } catch (const std::exception& e) {
            log_.error("an exception escaped a task", {{"task", name}, {"what", e.what()}});
        } catch (...) {
            log_.error("an unknown exception escaped a task", {{"task", name}});
        }
    }
    if (--running_ == 0) idle_.cancel();
}

asio::awaitable<void> task_group::join()
{
    while (running_ != 0) {
        boost::system::error_code woken;
        co_await idle_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
}

} // namespace verbatim::net
