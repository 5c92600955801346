#include "support/fake_audit.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

namespace asio = boost::asio;
using namespace verbatim;
using namespace verbatim::test;

BOOST_AUTO_TEST_SUITE(fake_audit)

BOOST_AUTO_TEST_CASE(the_fake_collects_stalls_fails_and_comes_back)
{
    asio::io_context loop(1);
    fake_audit_log log;
    const auto commit = [&] {
        auto committed = log.commit(wire::session_leave{});
        return asio::co_spawn(loop, std::move(committed), asio::use_future);
    };
    log.stall();
    auto waiting = commit();
    loop.poll();
    BOOST_TEST(log.waiting() == 1u);
    BOOST_TEST(log.events.empty());
    log.release();
    loop.restart();
    loop.run();
    BOOST_TEST(waiting.get().has_value());
    BOOST_TEST(log.types().at(0) == "session.leave");

    log.fail_from(2);
    BOOST_TEST(log.post(wire::session_join{}).has_value());
    auto failing = commit();
    loop.restart();
    loop.run();
    BOOST_TEST((failing.get().error() == errc::audit_failed));
    log.come_back();
    BOOST_TEST(log.post(wire::session_join{}).has_value());
    BOOST_TEST(log.all<wire::session_join>().size() == 2u);
}

BOOST_AUTO_TEST_CASE(starts_without_their_ends_are_noticed)
{
    fake_audit_log log;
    wire::session_start start;
    start.header.session = session_id::random();
    BOOST_TEST(log.post(start).has_value());
    BOOST_TEST(!log.every_start_has_an_end());
    wire::session_end end;
    end.header = start.header;
    BOOST_TEST(log.post(end).has_value());
    BOOST_TEST(log.every_start_has_an_end());
}

BOOST_AUTO_TEST_SUITE_END()
