#include <verbatim/audit/auth_failure_limiter.hpp>

#include "support/manual_clock.hpp"

#include <boost/test/unit_test.hpp>

using namespace verbatim;
using namespace verbatim::test;
using std::chrono::seconds;

namespace {

wire::auth_attempt failure(std::string user)
{
    wire::auth_attempt attempt;
    attempt.header.metadata.uid = "u";
    attempt.header.user.user = std::move(user);
    return attempt;
}

struct limiter_fixture {
    manual_clock time;
    audit::auth_failure_limiter limiter{
        {.individually = 2, .window = seconds(60), .sources = 3}, time};

    std::size_t logged(std::string_view source, std::size_t failures)
    {
        std::size_t events = 0;
        for (std::size_t i = 0; i < failures; ++i)
            events += limiter.add(source, failure("user" + std::to_string(i))).has_value();
        return events;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(auth_failure_limiter)

BOOST_FIXTURE_TEST_CASE(the_first_failures_stand_alone_and_the_rest_is_summed, limiter_fixture)
{
    BOOST_TEST(logged("192.0.2.1", 100) == 2u);
    BOOST_TEST(limiter.take_due().empty());
    time.advance(seconds(60));
    const auto sums = limiter.take_due();
    BOOST_TEST_REQUIRE(sums.size() == 1u);
    BOOST_TEST(sums[0].repeated == 98u);
    BOOST_TEST(sums[0].header.user.user == "user99");
    BOOST_TEST(sums[0].header.metadata.uid == "");
    BOOST_TEST(limiter.take_due().empty());
}

BOOST_FIXTURE_TEST_CASE(a_new_window_begins_afresh, limiter_fixture)
{
    BOOST_TEST(logged("192.0.2.1", 2) == 2u);
    time.advance(seconds(61));
    BOOST_TEST(logged("192.0.2.1", 2) == 2u);
    time.advance(seconds(61));
    BOOST_TEST(limiter.take_due().empty());
}

BOOST_FIXTURE_TEST_CASE(sources_are_counted_apart, limiter_fixture)
{
    BOOST_TEST(logged("192.0.2.1", 3) == 2u);
    BOOST_TEST(logged("192.0.2.2", 3) == 2u);
    BOOST_TEST(limiter.take_all().size() == 2u);
    BOOST_TEST(limiter.take_all().empty());
}

BOOST_FIXTURE_TEST_CASE(beyond_the_table_all_sources_share_one_count, limiter_fixture)
{
    std::size_t events = 0;
    for (int i = 0; i < 1000; ++i) events += logged("198.51.100." + std::to_string(i), 1);
    BOOST_TEST(events == 3u + 2u);
    const auto sums = limiter.take_all();
    BOOST_TEST_REQUIRE(sums.size() == 1u);
    BOOST_TEST(sums[0].repeated == 995u);
    BOOST_TEST(!sums[0].message.empty());
}

BOOST_AUTO_TEST_SUITE_END()
