#include "session/audience.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>

using namespace verbatim;
using policy::party_mode;
using session::party;
namespace asio = boost::asio;

namespace {

// Its painter and all parties are on the session's own loop.
struct fixture {
    struct viewer {
        std::shared_ptr<party> who;
        std::string shown;
        std::size_t pieces = 0;
    };

    asio::io_context loop{1};
    session::audience there;
    std::vector<std::shared_ptr<party>> all;

    explicit fixture(std::chrono::milliseconds for_watchers = std::chrono::hours(1))
        : there(loop.get_executor(), {80, 24}, loop.get_executor(), for_watchers)
    {}

    ~fixture()
    {
        for (const auto& each : all) each->end({});
        settle();
    }
    fixture(const fixture&) = delete;
    fixture& operator=(const fixture&) = delete;

    std::shared_ptr<viewer> add(party_mode mode)
    {
        session::party_facts facts;
        facts.mode = mode;
        auto out = std::make_shared<viewer>();
        out->who = std::make_shared<party>(std::move(facts), loop.get_executor());
        out->who->on_paint_needed([] {});
        all.push_back(out->who);
        asio::co_spawn(loop, take_all(out), [](std::exception_ptr escaped) {
            if (escaped) std::rethrow_exception(escaped);
        });
        there.add(out->who);
        settle();
        out->shown.clear(); // the painted screen
        out->pieces = 0;
        return out;
    }
    static asio::awaitable<void> take_all(std::shared_ptr<viewer> to)
    {
        for (;;) {
            auto taking = to->who->next();
            const auto bytes = co_await std::move(taking);
            if (!bytes) co_return;
            to->shown += *bytes;
            ++to->pieces;
        }
    }
    void output(std::string_view text)
    {
        there.output(as_bytes(text));
        settle();
    }
    void settle()
    {
        loop.restart();
        loop.poll();
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(audience_suite)

BOOST_AUTO_TEST_CASE(who_types_sees_at_once_and_who_watches_in_larger_pieces)
{
    fixture f;
    const auto peer = f.add(party_mode::peer);
    const auto observer = f.add(party_mode::observer);
    const auto moderator = f.add(party_mode::moderator);
    f.output("a");
    f.output("b");
    BOOST_TEST(peer->shown == "ab");
    BOOST_TEST(observer->shown == "");
    f.output(std::string(20'000, 'c'));
    BOOST_TEST(peer->shown.size() == 20'002u);
    for (const auto& watcher : {observer, moderator}) {
        BOOST_TEST(watcher->shown == peer->shown);
        BOOST_TEST(watcher->pieces == 1u);
    }
}

BOOST_AUTO_TEST_CASE(what_waits_is_shown_when_the_time_has_passed)
{
    fixture f(std::chrono::milliseconds(1));
    const auto observer = f.add(party_mode::observer);
    f.there.output(as_bytes("late"));
    while (observer->shown.empty()) {
        f.loop.restart();
        f.loop.run_one();
    }
    BOOST_TEST(observer->shown == "late");
}

BOOST_AUTO_TEST_CASE(what_waits_is_in_the_screen_of_who_comes_and_is_shown_once)
{
    fixture f;
    const auto first = f.add(party_mode::observer);
    f.output("before");
    const auto second = f.add(party_mode::observer);
    BOOST_TEST(first->shown == "before");
    f.output(std::string(20'000, '.'));
    BOOST_TEST(second->shown == std::string(20'000, '.'));
    BOOST_TEST(first->shown == "before" + second->shown);
}

BOOST_AUTO_TEST_CASE(the_end_comes_after_what_waits)
{
    fixture f;
    const auto observer = f.add(party_mode::observer);
    f.output("last words");
    f.there.end("over");
    f.settle();
    BOOST_TEST(observer->shown == "last words");
    BOOST_TEST(observer->who->farewell() == "over");
}

BOOST_AUTO_TEST_CASE(who_is_gone_is_shown_nothing)
{
    fixture f;
    const auto stays = f.add(party_mode::observer);
    const auto goes = f.add(party_mode::observer);
    f.output("secret");
    BOOST_TEST(f.there.remove(goes->who));
    f.there.end("over");
    f.settle();
    BOOST_TEST(goes->shown == "");
    BOOST_TEST(stays->shown == "secret");
}

BOOST_AUTO_TEST_SUITE_END()
