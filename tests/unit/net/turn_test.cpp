#include <verbatim/net/turn.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <optional>
#include <string>

namespace asio = boost::asio;
using verbatim::net::turn;

namespace {

asio::awaitable<void> work(turn& of, char name, std::string& order, asio::io_context& loop)
{
    auto taking = of.take();
    const auto mine = co_await std::move(taking);
    order += name;
    auto pause = asio::post(loop, asio::use_awaitable);
    co_await std::move(pause);
    order += name;
}

void rethrow(std::exception_ptr escaped)
{
    if (escaped) std::rethrow_exception(escaped);
}

} // namespace

BOOST_AUTO_TEST_SUITE(turn_suite)

BOOST_AUTO_TEST_CASE(one_after_the_other_as_they_came)
{
    asio::io_context loop;
    turn line;
    std::string order;
    for (const char name : {'a', 'b', 'c'})
        asio::co_spawn(loop, work(line, name, order, loop), rethrow);
    loop.run();
    BOOST_TEST(order == "aabbcc");
    BOOST_TEST(line.try_take().has_value());
}

BOOST_AUTO_TEST_CASE(it_is_not_taken_from_who_has_it)
{
    asio::io_context loop;
    turn line;
    auto first = line.try_take();
    BOOST_TEST(first.has_value());
    BOOST_TEST(!line.try_take().has_value());
    std::string order;
    asio::co_spawn(loop, work(line, 'x', order, loop), rethrow);
    loop.poll();
    BOOST_TEST(order == "");
    first.reset();
    loop.restart();
    loop.run();
    BOOST_TEST(order == "xx");
}

BOOST_AUTO_TEST_SUITE_END()
