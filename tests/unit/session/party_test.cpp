#include <verbatim/session/party.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>

using namespace verbatim;
using session::party;
namespace asio = boost::asio;

namespace {

struct fixture {
    asio::io_context loop{1};
    std::shared_ptr<party> joiner =
        std::make_shared<party>(session::party_facts{}, loop.get_executor());
    std::string shown;
    bool over = false;
    int asked = 0;

    fixture()
    {
        joiner->on_paint_needed([this] { ++asked; });
        asio::co_spawn(loop, take_all(), [](std::exception_ptr escaped) {
            if (escaped) std::rethrow_exception(escaped);
        });
        loop.poll();
    }
    asio::awaitable<void> take_all()
    {
        for (;;) {
            auto taking = joiner->next();
            const auto bytes = co_await std::move(taking);
            if (!bytes) break;
            shown += *bytes;
        }
        over = true;
    }
    void show(std::string text)
    {
        joiner->show(std::make_shared<const std::string>(std::move(text)));
    }
    void settle()
    {
        loop.restart();
        loop.poll();
    }
    // Until it asks for a paint, which it does no faster than it may.
    void run_until_asked(int times)
    {
        while (asked < times) {
            loop.restart();
            loop.run_one();
        }
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(party_suite, fixture)

BOOST_AUTO_TEST_CASE(the_screen_comes_first_and_then_what_followed)
{
    show("after");
    settle();
    BOOST_TEST(shown == "");
    joiner->paint("screen ");
    settle();
    BOOST_TEST(shown == "screen after");
    show("!");
    settle();
    BOOST_TEST(shown == "screen after!");
}

BOOST_AUTO_TEST_CASE(who_does_not_keep_up_is_shown_the_present_screen)
{
    joiner->paint("");
    settle();
    for (int i = 0; i < 5; ++i) show(std::string(party::mailbox_limit / 4, 'x'));
    BOOST_TEST(joiner->skips() == 1);
    show("lost");
    run_until_asked(1);
    BOOST_TEST(shown == "");
    joiner->forget_waiting();
    joiner->paint("present");
    show(" and live");
    settle();
    BOOST_TEST(shown == "present and live");
}

BOOST_AUTO_TEST_CASE(the_end_comes_after_what_was_shown)
{
    joiner->paint("a");
    show("b");
    joiner->end("because");
    joiner->end("another");
    show("c");
    settle();
    BOOST_TEST(shown == "ab");
    BOOST_TEST(over);
    BOOST_TEST(joiner->farewell() == "because");
}

BOOST_AUTO_TEST_CASE(it_can_end_before_it_begins)
{
    joiner->end("no");
    settle();
    BOOST_TEST(over);
    BOOST_TEST(shown == "");
}

BOOST_AUTO_TEST_SUITE_END()
