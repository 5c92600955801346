#include <verbatim/login/password_limiter.hpp>

#include "support/manual_clock.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace verbatim;
using std::chrono::seconds;

struct limited {
    test::manual_clock time;
    login::password_limits limits{{3, seconds(30)}, {6, seconds(10)}, {10, seconds(20)}, 64, 4};
    login::password_limiter limiter{limits, time};

    // How many of `tries` wrong ones were looked at.
    int guess(const std::string& source, const std::string& user, int tries)
    {
        int looked_at = 0;
        for (; tries > 0 && limiter.admits(source, user); --tries) ++looked_at;
        return looked_at;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(guessing, limited)

BOOST_AUTO_TEST_CASE(a_source_has_a_few_tries_at_a_user_and_then_one_now_and_then)
{
    BOOST_TEST(guess("10.0.0.1", "alice", 100) == 3);
    time.advance(seconds(29));
    BOOST_TEST(guess("10.0.0.1", "alice", 100) == 0);
    time.advance(seconds(2));
    BOOST_TEST(guess("10.0.0.1", "alice", 100) == 1);
    time.advance(std::chrono::hours(1));
    BOOST_TEST(guess("10.0.0.1", "alice", 100) == 3);
}

BOOST_AUTO_TEST_CASE(a_source_does_not_get_more_by_asking_for_many_users)
{
    int looked_at = 0;
    for (int user = 0; user < 50; ++user)
        looked_at += guess("10.0.0.1", "user" + std::to_string(user), 1);
    BOOST_TEST(looked_at == 6);
    BOOST_TEST(guess("10.0.0.2", "user1", 1) == 1); // others are not held for it
}

BOOST_AUTO_TEST_CASE(many_sources_do_not_get_more_at_one_user)
{
    int looked_at = 0;
    for (int source = 0; source < 50; ++source)
        looked_at += guess("10.0.0." + std::to_string(source), "alice", 3);
    BOOST_TEST(looked_at == 10);
    BOOST_TEST(guess("10.0.1.1", "bob", 1) == 1);
}

BOOST_AUTO_TEST_CASE(strangers_guesses_do_not_keep_the_true_user_out)
{
    limiter.succeeded("192.0.2.7", "alice");
    for (int source = 0; source < 50; ++source)
        guess("10.0.0." + std::to_string(source), "alice", 3);
    BOOST_TEST(!limiter.admits("10.0.0.99", "alice"));
    BOOST_TEST(guess("192.0.2.7", "alice", 100) == 3); // but not without end there either
}

BOOST_AUTO_TEST_CASE(a_login_forgives_what_was_mistyped)
{
    BOOST_TEST(guess("10.0.0.1", "alice", 2) == 2);
    limiter.succeeded("10.0.0.1", "alice");
    BOOST_TEST(guess("10.0.0.1", "alice", 100) == 3);
}

BOOST_AUTO_TEST_CASE(a_full_table_lets_strangers_share_and_frees_itself)
{
    for (int n = 0; n < 200; ++n)
        guess("10.1.0." + std::to_string(n), "user" + std::to_string(n), 1);
    // What has no entry of its own stands under the shared one, which is spent by now.
    BOOST_TEST(guess("10.2.0.1", "zoe", 1) == 0);
    time.advance(std::chrono::hours(1));
    BOOST_TEST(guess("10.2.0.1", "zoe", 1) == 1);
}

BOOST_AUTO_TEST_CASE(tries_that_are_looked_at_together_are_no_more_than_one_after_the_other)
{
    int admitted = 0;
    for (int n = 0; n < 20; ++n) admitted += limiter.admits("10.0.0.1", "alice");
    BOOST_TEST(admitted == 3); // none of them has an outcome yet
}

BOOST_AUTO_TEST_CASE(a_right_try_costs_nothing)
{
    for (int n = 0; n < 20; ++n) {
        BOOST_TEST(limiter.admits("10.0.0.1", "alice"));
        limiter.take_back("10.0.0.1", "alice");
    }
    BOOST_TEST(guess("10.0.0.1", "alice", 100) == 3);
    limiter.take_back("10.0.0.1", "alice");
    BOOST_TEST(guess("10.0.0.1", "alice", 100) == 1);
    for (int n = 0; n < 20; ++n) limiter.take_back("10.0.0.9", "alice");
    BOOST_TEST(guess("10.0.0.9", "alice", 100) == 3); // nothing is saved up
}

BOOST_AUTO_TEST_CASE(a_full_table_does_not_touch_who_is_known)
{
    limiter.succeeded("192.0.2.7", "alice");
    for (int n = 0; n < 200; ++n)
        guess("10.1.0." + std::to_string(n), "user" + std::to_string(n), 3);
    BOOST_TEST(guess("10.2.0.1", "zoe", 1) == 0);
    BOOST_TEST(guess("192.0.2.7", "alice", 100) == 3);
    time.advance(seconds(31));
    BOOST_TEST(guess("192.0.2.7", "alice", 100) == 1);
    // Nor do the known's own slips count against the others.
    BOOST_TEST(guess("10.2.0.1", "zoe", 100) == 1);
}

BOOST_AUTO_TEST_CASE(who_is_known_stays_so_by_logging_in_and_makes_room_by_not)
{
    for (const auto* user : {"a", "b", "c", "d"}) limiter.succeeded("192.0.2.7", user);
    limiter.succeeded("192.0.2.7", "a");
    limiter.succeeded("192.0.2.7", "e"); // there is room for four
    for (int source = 0; source < 50; ++source)
        for (const auto* user : {"a", "b", "c", "d", "e"})
            guess("10.0.0." + std::to_string(source), user, 3);
    const auto known = [&](const char* user) { return guess("192.0.2.7", user, 100) == 3; };
    BOOST_TEST(known("a"));
    BOOST_TEST(known("c"));
    BOOST_TEST(known("d"));
    BOOST_TEST(known("e"));
    BOOST_TEST(!known("b"));
}

BOOST_AUTO_TEST_CASE(what_is_refused_does_not_fill_the_table)
{
    guess("10.0.0.1", "alice", 3);
    guess("10.0.0.1", "bob", 3);
    for (int n = 0; n < 1000; ++n) guess("10.0.0.1", "user" + std::to_string(n), 1);
    for (int n = 0; n < 10; ++n)
        BOOST_TEST(guess("10.1.0." + std::to_string(n), "user" + std::to_string(n), 3) == 3);
}

BOOST_AUTO_TEST_SUITE_END()
