// Both legs, each against a peer of the other role over SPDY.

#include "channel_fixture.hpp"
#include "kube/legs.hpp"

#include <boost/test/unit_test.hpp>

namespace verbatim::test {

namespace {

const std::string success = wire::remote_command::success_status();

asio::awaitable<result<std::unique_ptr<kube::command_channels>>> give(
    std::unique_ptr<kube::command_channels>& channels)
{
    co_return std::move(channels);
}
asio::awaitable<result<std::unique_ptr<kube::command_channels>>> refuse(std::string& why)
{
    why = "no such cluster";
    co_return errc::target_unreachable;
}

struct client_fixture : channel_fixture {
    std::unique_ptr<kube::command_leg> leg;

    void begin(transport how, bool tty, bool open = true)
    {
        auto towards_client = make(how, role::server, settings(how, tty));
        leg = kube::make_client_leg(loop.get_executor(), std::move(towards_client),
            {net::start_kind::exec, {"ls", "-l"}, tty}, *log);
        client = make(how, role::client, settings(how, tty));
        if (open) opening_ = start(client->open());
    }
    ~client_fixture()
    {
        far->close();
        if (leg) run(done_after(leg->finished()));
    }
    net::leg_event next() { return run(leg->next()).value(); }
    bool deliver(net::event_body body)
    {
        const net::leg_event event{body};
        return run(leg->deliver(event)).has_value();
    }
    /// What the client sees when the leg is told to end.
    std::vector<got> end_of_client()
    {
        const auto pulled = start(pull_all(*client));
        return run(pulled);
    }

private:
    outcome<result<void>> opening_;
};

struct target_fixture : channel_fixture {
    std::unique_ptr<kube::command_leg> leg;
    std::unique_ptr<kube::command_channels> towards_target;

    void begin(transport how, bool tty = false)
    {
        server = make(how, role::server, settings(how, tty));
        towards_target = make(how, role::client, settings(how, tty));
        leg = kube::make_target_leg(
            loop.get_executor(), [this](std::string&) { return give(towards_target); }, [] {});
        const auto opened = start(server->open());
        if (tty) run(leg->deliver({net::pty_event{"", 100, 50}}));
        const net::leg_event event{net::start_event{net::start_kind::exec, {}}};
        const auto started = start(leg->deliver(event));
        if (!run(started) || !run(opened)) throw std::runtime_error("not started");
    }
    ~target_fixture()
    {
        near->close();
        if (leg) run(done_after(leg->finished()));
    }
    result<net::leg_event> next() { return run(leg->next()); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(legs)

BOOST_FIXTURE_TEST_CASE(a_terminal_comes_with_its_first_size, client_fixture)
{
    begin(transport::spdy, true);
    const auto first = start(leg->next());
    run_ready();
    BOOST_TEST(send(*client, channel::resize,
        "{\"Width\":81,\"Height\":25}\n"
        "{\"Width\":80,\"Height\":24}\n"));
    BOOST_TEST(send(*client, channel::input, "typed"));
    const auto pty = std::get<net::pty_event>(run(first)->body);
    BOOST_TEST(pty.columns == 81);
    BOOST_TEST(pty.rows == 25);
    const auto started = std::get<net::start_event>(next().body);
    BOOST_TEST(started.arguments.size() == 2);
    BOOST_TEST(std::get<net::resize_event>(next().body).columns == 80);
    BOOST_TEST(as_text(std::get<net::data_event>(next().body).bytes) == "typed");
}

BOOST_FIXTURE_TEST_CASE(who_types_does_not_wait_for_a_size, client_fixture)
{
    begin(transport::spdy, true);
    const auto first = start(leg->next());
    run_ready();
    BOOST_TEST(send(*client, channel::input, "typed"));
    run_ready();
    BOOST_TEST(std::get<net::pty_event>(run(first)->body).columns == 80);
    next();
    BOOST_TEST(as_text(std::get<net::data_event>(next().body).bytes) == "typed");
    BOOST_TEST(end(*client, channel::input));
    BOOST_TEST((std::get<net::end_of_file_event>(next().body).stream == net::data_stream::input));
}

BOOST_FIXTURE_TEST_CASE(a_status_is_passed_on_word_for_word, client_fixture)
{
    begin(transport::spdy, false);
    BOOST_TEST(std::holds_alternative<net::start_event>(next().body));
    BOOST_TEST(deliver(net::data_event{net::data_stream::output, as_bytes("out")}));
    BOOST_TEST(deliver(net::exit_status_event{3, "{\"of\":\"the cluster\"}"}));
    const net::leg_event closing{net::close_event{}};
    const auto closed = start(leg->deliver(closing));
    const auto all = end_of_client();
    BOOST_TEST(text_of(all, channel::output) == "out");
    BOOST_TEST(text_of(all, channel::status) == "{\"of\":\"the cluster\"}");
    client->close();
    run(closed);
}

BOOST_AUTO_TEST_CASE(there_is_no_end_without_a_status)
{
    for (const auto how : {transport::spdy, transport::websocket}) {
        client_fixture f;
        f.begin(how, false);
        f.next();
        const auto reading = f.start(f.leg->next());
        f.run_ready();
        f.leg->notice("the recording failed");
        f.leg->close(255);
        f.leg->close(255);
        const auto all = f.end_of_client();
        const auto status = wire::remote_command::parse_status(
            wire::remote_command::version::v4, text_of(all, channel::status));
        BOOST_TEST(!status.success);
        BOOST_TEST(status.message.find("the recording failed") != std::string::npos);
        f.client->close();
        BOOST_TEST((f.run(reading).error() == errc::cancelled));
    }
}

BOOST_FIXTURE_TEST_CASE(a_client_that_vanishes_is_told_from_one_that_leaves, client_fixture)
{
    begin(transport::websocket, false);
    next();
    far->end();
    BOOST_TEST((run(leg->next()).error() == errc::closed));
    client_fixture other;
    other.begin(transport::websocket, false);
    other.next();
    const auto leaving = other.start(done_after(other.client->finish()));
    BOOST_TEST(std::holds_alternative<net::close_event>(other.next().body));
    other.leg->close(255);
    other.run(leaving);
}

BOOST_FIXTURE_TEST_CASE(a_target_says_how_it_ended, target_fixture)
{
    begin(transport::websocket, true);
    BOOST_TEST(run(pull(*server)).text.find("100") != std::string::npos);
    const auto text = wire::remote_command::exit_status(3);
    BOOST_TEST(send(*server, channel::output, "out"));
    BOOST_TEST(send(*server, channel::status, text.substr(0, 5)));
    BOOST_TEST(send(*server, channel::status, text.substr(5)));
    const auto finished = start(done_after(server->finish()));
    BOOST_TEST(as_text(std::get<net::data_event>(next()->body).bytes) == "out");
    const auto status = std::get<net::exit_status_event>(next()->body);
    BOOST_TEST(status.code == 3);
    BOOST_TEST(status.status == text);
    BOOST_TEST(std::holds_alternative<net::close_event>(next()->body));
    BOOST_TEST((next().error() == errc::closed));
    leg->close(0);
    run(finished);
}

BOOST_FIXTURE_TEST_CASE(spdy_tells_the_ends_of_streams, target_fixture)
{
    begin(transport::spdy);
    BOOST_TEST(send(*server, channel::status, success));
    const auto finished = start(done_after(server->finish()));
    BOOST_TEST(std::holds_alternative<net::end_of_file_event>(next()->body));
    BOOST_TEST(std::holds_alternative<net::end_of_file_event>(next()->body));
    BOOST_TEST(std::get<net::exit_status_event>(next()->body).code == 0);
    BOOST_TEST(std::holds_alternative<net::close_event>(next()->body));
    leg->close(0);
    run(finished);
}

BOOST_AUTO_TEST_CASE(no_status_is_never_success)
{
    for (const auto how : {transport::spdy, transport::websocket}) {
        target_fixture f;
        f.begin(how);
        const auto finished = f.start(done_after(f.server->finish()));
        result<net::leg_event> event = f.next();
        while (event) event = f.next();
        BOOST_TEST((event.error() == errc::closed));
        f.leg->close(0);
        f.run(finished);
    }
}

BOOST_FIXTURE_TEST_CASE(a_target_that_cannot_begin_is_a_failure, loop_fixture)
{
    const auto leg = kube::make_target_leg(
        loop.get_executor(), [](std::string& why) { return refuse(why); }, [] {});
    const auto first = start(leg->next());
    const net::leg_event event{net::start_event{net::start_kind::exec, {}}};
    BOOST_TEST(!run(leg->deliver(event)));
    BOOST_TEST(std::get<net::failure_event>(run(first)->body).message == "no such cluster");
    BOOST_TEST(std::holds_alternative<net::close_event>(run(leg->next())->body));
    run(done_after(leg->finished()));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace verbatim::test
