#include "server/session_registry.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <thread>

using namespace verbatim;
using namespace verbatim::server;

namespace {

struct registry_fixture {
    boost::asio::io_context loop;
    session_registry all;

    std::shared_ptr<session::live_session> session_of(const std::string& user)
    {
        wire::event_header header;
        header.user.user = user;
        return std::make_shared<session::live_session>(
            session_id::random(), header, loop.get_executor());
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(registry, registry_fixture)

BOOST_AUTO_TEST_CASE(sessions_are_there_while_they_run_the_oldest_first)
{
    const auto first = session_of("alice"), second = session_of("bob");
    auto kept = all.enter(first, 0);
    {
        const auto passing = all.enter(second, 0);
        BOOST_TEST_REQUIRE(all.all().size() == 2u);
        BOOST_TEST((all.all()[0] == first));
        BOOST_TEST((all.find(second->id()) == second));
    }
    BOOST_TEST(all.all().size() == 1u);
    BOOST_TEST((all.find(second->id()) == nullptr));
    auto moved = std::move(*kept);
    kept.reset();
    BOOST_TEST((all.find(first->id()) == first));
}

BOOST_AUTO_TEST_CASE(a_limit_is_of_one_user_and_of_sessions_that_count)
{
    auto one = all.enter(session_of("alice"), 2);
    const auto forward = all.enter_uncounted(session_of("alice"));
    auto two = all.enter(session_of("alice"), 2);
    BOOST_TEST(two.has_value());
    const auto refused = session_of("alice");
    BOOST_TEST(!all.enter(refused, 2).has_value());
    BOOST_TEST((all.find(refused->id()) == nullptr));
    BOOST_TEST(!all.enter(session_of("alice"), 1).has_value());
    BOOST_TEST(all.enter(session_of("bob"), 1).has_value());
    one.reset();
    BOOST_TEST(all.enter(session_of("alice"), 2).has_value());
}

BOOST_AUTO_TEST_CASE(loops_may_enter_at_once)
{
    constexpr int threads = 4, rounds = 2000;
    constexpr std::uint32_t most = 2;
    std::atomic<int> entered{0}, over{0};
    std::vector<std::thread> loops;
    for (int i = 0; i < threads; ++i)
        loops.emplace_back([&] {
            for (int round = 0; round < rounds; ++round) {
                const auto entry = all.enter(session_of("alice"), most);
                if (!entry) continue;
                if (++entered > static_cast<int>(most)) ++over;
                --entered;
            }
        });
    for (auto& each : loops) each.join();
    BOOST_TEST(over == 0);
    BOOST_TEST(all.all().empty());
}

BOOST_AUTO_TEST_SUITE_END()
