#include "server/agent_guard.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

using namespace verbatim;
using namespace verbatim::server;

namespace {

/// A session that only notes how it was ended.
class ended_session final : public session::session_desk {
public:
    explicit ended_session(boost::asio::io_context& loop)
        : live(std::make_shared<session::live_session>(
              session_id::random(), wire::event_header{}, loop.get_executor()))
    {
        live->opens_desk(this);
    }
    ended_session(const ended_session&) = delete;
    ended_session& operator=(const ended_session&) = delete;
    ~ended_session() { live->opens_desk(nullptr); }

    void end(const std::string& line) override { ended.push_back(line); }
    void join(std::shared_ptr<session::party>) override {}
    void leave(std::shared_ptr<session::party>) override {}
    void type(std::shared_ptr<session::party>, std::string) override {}
    void resize(std::shared_ptr<session::party>, wire::terminal_size) override {}
    void pause(std::shared_ptr<session::party>, bool) override {}
    void terminate(std::shared_ptr<session::party>) override {}
    void paint(std::shared_ptr<session::party>) override {}

    const std::shared_ptr<session::live_session> live;
    std::vector<std::string> ended;
};

struct guard_fixture {
    boost::asio::io_context loop;
    agent_guard guard;
    ended_session shell{loop}, agent{loop}, port{loop};

    void run()
    {
        loop.restart();
        loop.run();
    }
};

const std::vector<std::string> closed{std::string(agent_guard::line)};

} // namespace

BOOST_FIXTURE_TEST_SUITE(agent_guards, guard_fixture)

BOOST_AUTO_TEST_CASE(who_joins_ends_the_forwards_to_the_agent_and_no_others)
{
    agent_guard::entry first(guard, false), second(guard, true), third(guard, false);
    first.watch(shell.live);
    second.watch(agent.live);
    third.watch(port.live);
    run();
    BOOST_TEST(!guard.is_shared());
    BOOST_TEST(agent.ended.empty());

    shell.live->is_shared_by(1, "running");
    run();
    BOOST_TEST(guard.is_shared());
    BOOST_TEST(agent.ended == closed);
    BOOST_TEST((shell.ended.empty() && port.ended.empty()));
}

BOOST_AUTO_TEST_CASE(none_begins_while_a_session_is_shared)
{
    agent_guard::entry first(guard, false), second(guard, true);
    first.watch(shell.live);
    shell.live->is_shared_by(2, "running");
    second.watch(agent.live);
    run();
    BOOST_TEST(agent.ended == closed);
}

BOOST_AUTO_TEST_CASE(they_may_begin_again_when_all_have_left)
{
    agent_guard::entry first(guard, false);
    first.watch(shell.live);
    shell.live->is_shared_by(1, "running");
    shell.live->is_shared_by(0, "running");
    BOOST_TEST(!guard.is_shared());
    agent_guard::entry second(guard, true);
    second.watch(agent.live);
    run();
    BOOST_TEST(agent.ended.empty());
}

// Others may keep it, and whoever had joined it is there until he has read why it is over.
BOOST_AUTO_TEST_CASE(a_session_that_is_over_is_shared_no_more)
{
    {
        agent_guard::entry first(guard, false);
        first.watch(shell.live);
        shell.live->is_shared_by(1, "running");
    }
    BOOST_TEST(!guard.is_shared());
    shell.live->is_shared_by(1, "running"); // tells nobody
    run();
}

BOOST_AUTO_TEST_SUITE_END()
