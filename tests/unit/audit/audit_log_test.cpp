#include <verbatim/audit/audit_log.hpp>

#include <verbatim/wire/event_line.hpp>

#include "scratch_directory.hpp"
#include "support/fake_audit.hpp"
#include "support/manual_clock.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <future>
#include <sstream>
#include <thread>

namespace asio = boost::asio;
using namespace verbatim;
using namespace verbatim::test;
using std::chrono::seconds;

namespace {

wire::event client_left(std::string reason)
{
    wire::client_disconnect event;
    event.reason = std::move(reason);
    return event;
}

// A log over two fake sinks, and a loop on a thread of its own whose coroutines commit.
struct log_fixture {
    sink_control required, second;
    manual_clock time;
    std::unique_ptr<logger> quiet = make_null_logger();
    audit::audit_log_settings settings{.cluster_name = "cluster",
        .server_id = "server",
        .queue_limit_events = 8,
        .stall_deadline = seconds(10),
        .first_retry = std::chrono::milliseconds(1),
        .longest_retry = std::chrono::milliseconds(1),
        .drain_deadline = std::chrono::milliseconds(1)};
    asio::io_context loop{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{loop.get_executor()};
    std::unique_ptr<audit::audit_log> log;
    std::thread thread;

    void start(std::optional<audit::sink_role> second_role = {})
    {
        std::vector<audit::sink_entry> sinks;
        sinks.push_back({std::make_unique<fake_sink>(required), audit::sink_role::required});
        if (second_role)
            sinks.push_back({std::make_unique<fake_sink>(second, "second://"), *second_role});
        log = audit::make_audit_log(settings, std::move(sinks), time, *quiet);
        thread = std::thread([this] { loop.run(); });
    }
    ~log_fixture()
    {
        required.release();
        second.release();
        log.reset();
        work.reset();
        if (thread.joinable()) thread.join();
    }
    std::future<result<void>> commit(wire::event event)
    {
        auto committed = log->commit(std::move(event));
        return asio::co_spawn(loop, std::move(committed), asio::use_future);
    }
    // Returns when the log knows that its sink fails.
    void wait_until_unhealthy() const
    {
        while (log->healthy()) std::this_thread::yield();
    }
    static std::string line(sink_control& sink, std::size_t at)
    {
        sink.wait_until([&](auto& s) { return s.taken.size() > at; });
        return sink.taken[at].line;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(audit_log)

BOOST_FIXTURE_TEST_CASE(a_commit_completes_when_the_sink_has_the_event, log_fixture)
{
    start();
    BOOST_TEST(commit(client_left("bye")).get().has_value());
    BOOST_TEST_REQUIRE(required.taken.size() == 1u);
    BOOST_TEST(required.taken[0].seq == 1u);
    const auto line = wire::parse_event_line(required.taken[0].line);
    BOOST_TEST_REQUIRE(line.has_value());
    BOOST_TEST(line->uid.size() == 36u);
    BOOST_TEST((line->time == time.wall_now()));
    BOOST_TEST(line->text("cluster_name") == "cluster");
    BOOST_TEST(line->text("server_id") == "server");
    BOOST_TEST(line->number("seq").value() == 1);
}

BOOST_FIXTURE_TEST_CASE(what_the_caller_filled_in_stays, log_fixture)
{
    start();
    wire::client_disconnect event;
    event.header.metadata = {5, "own", wall_time(seconds(1)), "elsewhere"};
    event.header.server.server_id = "other";
    BOOST_TEST(commit(event).get().has_value());
    const auto line = wire::parse_event_line(required.taken.at(0).line);
    BOOST_TEST(line->uid == "own");
    BOOST_TEST((line->time == wall_time(seconds(1))));
    BOOST_TEST(line->text("cluster_name") == "elsewhere");
    BOOST_TEST(line->text("server_id") == "other");
}

BOOST_FIXTURE_TEST_CASE(a_commit_waits_for_every_required_sink, log_fixture)
{
    second.stall();
    start(audit::sink_role::required);
    auto committed = commit(client_left("1"));
    line(required, 0);
    BOOST_TEST((committed.wait_for(seconds(0)) == std::future_status::timeout));
    second.release();
    BOOST_TEST(committed.get().has_value());
    BOOST_TEST(required.taken.at(0).line == second.taken.at(0).line);
}

BOOST_FIXTURE_TEST_CASE(a_stalled_best_effort_sink_holds_up_nobody, log_fixture)
{
    second.stall();
    start(audit::sink_role::best_effort);
    for (int i = 0; i < 20; ++i) BOOST_TEST(commit(client_left("x")).get().has_value());
    BOOST_TEST(log->healthy());
}

BOOST_FIXTURE_TEST_CASE(what_arrived_during_a_write_is_one_batch, log_fixture)
{
    settings.queue_limit_events = 1000;
    required.stall();
    start(audit::sink_role::best_effort);
    std::vector<std::future<result<void>>> commits;
    commits.push_back(commit(client_left("first")));
    required.wait_until([](auto& s) { return s.tries == 1; });
    for (int i = 0; i < 99; ++i) commits.push_back(commit(client_left("more")));
    // The second sink is handed each event after the first.
    second.wait_until([](auto& s) { return s.taken.size() == 100; });
    required.release();
    for (auto& committed : commits) BOOST_TEST(committed.get().has_value());
    required.wait_until([](auto& s) { return s.taken.size() == 100; });
    BOOST_TEST(required.batches.size() == 2u);
    for (std::size_t i = 0; i < required.taken.size(); ++i)
        BOOST_TEST(required.taken[i].seq == i + 1);
}

BOOST_FIXTURE_TEST_CASE(what_nobody_waits_for_waits_for_a_commit, log_fixture)
{
    settings.linger = std::chrono::minutes(10);
    start();
    BOOST_TEST(!!log->post(client_left("first")));
    BOOST_TEST(!!log->post(client_left("second")));
    BOOST_TEST(required.batches.empty());
    auto committed = commit(client_left("third"));
    BOOST_TEST(!!committed.get());
    BOOST_TEST(required.batches.size() == 1u);
    BOOST_TEST(required.taken.size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(what_nobody_waits_for_is_written_at_the_end, log_fixture)
{
    settings.linger = std::chrono::minutes(10);
    start();
    BOOST_TEST(!!log->post(client_left("first")));
    log.reset();
    BOOST_TEST(required.taken.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_commit_fails_when_the_sink_fails_past_the_deadline, log_fixture)
{
    required.fail();
    start();
    auto committed = commit(client_left("refused"));
    wait_until_unhealthy();
    BOOST_TEST((committed.wait_for(seconds(0)) == std::future_status::timeout));
    time.advance(seconds(11));
    BOOST_TEST((committed.get().error() == errc::audit_failed));
    // Now known to be down: no more waiting.
    BOOST_TEST((commit(client_left("at once")).get().error() == errc::audit_failed));
}

BOOST_FIXTURE_TEST_CASE(a_commit_fails_when_the_sink_hangs_past_the_deadline, log_fixture)
{
    required.stall();
    start();
    auto committed = commit(client_left("hung"));
    required.wait_until([](auto& s) { return s.tries == 1; });
    BOOST_TEST(log->healthy());
    time.advance(seconds(11));
    BOOST_TEST((committed.get().error() == errc::audit_failed));
    BOOST_TEST(!log->healthy());
}

BOOST_FIXTURE_TEST_CASE(a_sink_that_comes_back_gets_all_that_was_accepted, log_fixture)
{
    required.fail();
    start();
    BOOST_TEST(log->post(client_left("kept")).has_value());
    auto committed = commit(client_left("late"));
    wait_until_unhealthy();
    required.come_back();
    // The retry's pause passes on the test's clock.
    while (committed.wait_for(seconds(0)) != std::future_status::ready) {
        time.advance(std::chrono::milliseconds(1));
        std::this_thread::yield();
    }
    BOOST_TEST(committed.get().has_value());
    BOOST_TEST(log->healthy());
    BOOST_TEST_REQUIRE(required.taken.size() == 2u);
    BOOST_TEST(required.taken[0].line.find("kept") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_full_queue_refuses_posts_and_makes_commits_wait, log_fixture)
{
    required.stall();
    start();
    std::size_t accepted = 0;
    while (log->post(client_left("fill"))) ++accepted;
    BOOST_TEST(accepted == settings.queue_limit_events);
    BOOST_TEST((log->post(client_left("no")).error() == errc::queue_full));
    auto committed = commit(client_left("waits"));
    BOOST_TEST((committed.wait_for(seconds(0)) == std::future_status::timeout));
    required.release();
    BOOST_TEST(committed.get().has_value());
    BOOST_TEST(required.taken.size() == accepted + 1);
}

BOOST_FIXTURE_TEST_CASE(a_commit_that_finds_no_room_in_time_says_so, log_fixture)
{
    required.stall();
    start();
    while (log->post(client_left("fill"))) {
    }
    auto committed = commit(client_left("waits"));
    // Its deadline is counted from its start on the loop's thread.
    while (committed.wait_for(seconds(0)) != std::future_status::ready) {
        time.advance(seconds(1));
        std::this_thread::yield();
    }
    BOOST_TEST((committed.get().error() == errc::queue_full));
}

BOOST_FIXTURE_TEST_CASE(the_limit_in_bytes_holds_too, log_fixture)
{
    settings.queue_limit_events = 1'000'000;
    settings.queue_limit_bytes = 100'000;
    required.stall();
    start();
    std::size_t accepted = 0;
    // The bytes are known once the other thread has serialised the event.
    while (log->post(client_left(std::string(10'000, 'x'))) && ++accepted < 100'000)
        std::this_thread::yield();
    BOOST_TEST(accepted < 100'000u);
}

BOOST_FIXTURE_TEST_CASE(what_a_best_effort_sink_drops_becomes_an_event, log_fixture)
{
    second.stall();
    start(audit::sink_role::best_effort);
    BOOST_TEST(commit(client_left("1")).get().has_value());
    second.wait_until([](auto& s) { return s.tries == 1; });
    for (int i = 0; i < 20; ++i) BOOST_TEST(commit(client_left("x")).get().has_value());
    second.release();
    // seq 1 was in the write, 2 to 9 in the queue of eight; 10 to 21 found it full.
    required.wait_until([](auto& s) { return s.taken.size() == 22; });
    const auto lost = wire::parse_event_line(required.taken.back().line);
    BOOST_TEST_REQUIRE(lost.has_value());
    BOOST_TEST(lost->type == "verbatim.events.lost");
    BOOST_TEST(lost->text("sink") == "second://");
    BOOST_TEST(lost->number("first").value() == 10);
    BOOST_TEST(lost->number("last").value() == 21);
    second.wait_until([](auto& s) { return s.taken.size() == 10; });
    BOOST_TEST(second.taken.back().seq == 22u);
}

BOOST_FIXTURE_TEST_CASE(a_gap_still_open_at_the_end_is_told_too, log_fixture)
{
    second.fail();
    start(audit::sink_role::best_effort);
    for (int i = 0; i < 40; ++i) BOOST_TEST(commit(client_left("x")).get().has_value());
    log.reset();
    BOOST_TEST(required.taken.back().line.find("verbatim.events.lost") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(destroying_the_log_flushes_what_was_accepted, log_fixture)
{
    settings.queue_limit_events = 1000;
    start();
    for (int i = 0; i < 500; ++i) BOOST_TEST(log->post(client_left("x")).has_value());
    log.reset();
    BOOST_TEST(required.taken.size() == 500u);
}

BOOST_FIXTURE_TEST_CASE(
    destroying_the_log_over_a_failing_sink_ends_and_fails_the_commits, log_fixture)
{
    required.fail();
    start();
    auto committed = commit(client_left("x"));
    wait_until_unhealthy();
    log.reset();
    BOOST_TEST((committed.get().error() == errc::audit_failed));
}

BOOST_AUTO_TEST_CASE(many_loops_may_use_one_log)
{
    const scratch_directory scratch;
    const system_clock time;
    const auto quiet = make_null_logger();
    std::vector<audit::sink_entry> sinks;
    sinks.push_back({*audit::make_directory_sink(scratch.path(), time)});
    auto log = audit::make_audit_log({}, std::move(sinks), time, *quiet);
    std::vector<std::thread> threads;
    std::atomic<std::size_t> succeeded{0};
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            asio::io_context loop(1);
            std::vector<std::future<result<void>>> commits;
            for (int j = 0; j < 50; ++j) {
                auto committed = log->commit(client_left("x"));
                commits.push_back(asio::co_spawn(loop, std::move(committed), asio::use_future));
            }
            loop.run();
            for (auto& committed : commits) succeeded += committed.get().has_value();
        });
    for (auto& thread : threads) thread.join();
    log.reset();
    BOOST_TEST(succeeded == 200u);
    std::istringstream lines(scratch.read("events.log"));
    std::int64_t seq = 0;
    for (std::string line; std::getline(lines, line);)
        BOOST_TEST(wire::parse_event_line(line)->number("seq").value() == ++seq);
    BOOST_TEST(seq == 200);
}

BOOST_AUTO_TEST_SUITE_END()
