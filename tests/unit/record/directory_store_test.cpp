#include "unit/record/record_fixture.hpp"

#include <random>

#include <sys/stat.h>

namespace {

using namespace verbatim;
using namespace verbatim::record;
using namespace verbatim::record::test;
using namespace std::chrono_literals;
using wire::stream_tag;

std::string noise(std::size_t size)
{
    std::mt19937 source(7);
    std::string bytes(size, '\0');
    for (auto& c : bytes) c = static_cast<char>(source());
    return bytes;
}

std::string prose(std::size_t size)
{
    std::string text;
    for (int i = 0; text.size() < size; ++i)
        text += "-rw-r--r-- 1 root root " + std::to_string(i * 7919 % 99991) + " Nov 23 file\r\n";
    return text.substr(0, size);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(directory_store_tests, record_fixture)

BOOST_AUTO_TEST_CASE(a_session_start_is_on_stable_storage_before_open_completes)
{
    auto recorder = open();
    BOOST_TEST_REQUIRE(recorder.has_value());
    BOOST_TEST(fault.syncs == 1u);
    BOOST_TEST((read_recording(part()).types == std::vector<std::string>{"session.start"}));
    struct stat info {};
    BOOST_TEST(::stat(part().c_str(), &info) == 0);
    BOOST_TEST((info.st_mode & 0777) == 0600u);
}

BOOST_AUTO_TEST_CASE(what_was_taken_comes_back_in_order_and_whole)
{
    auto recorder = open();
    auto text = prose(700'000), random = noise(600'000);
    BOOST_TEST(print(**recorder, "l", stream_tag::standard_input));
    time.advance(20ms);
    BOOST_TEST(print(**recorder, text));
    run_until_idle();
    time.advance(1500us);
    BOOST_TEST(print(**recorder, random));
    run_until_idle();
    wire::resize resize{a_start().header, {100, 30}};
    resize.header.metadata.index = (*recorder)->take_index();
    BOOST_TEST((*recorder)->try_event(resize).value());
    BOOST_TEST(print(**recorder, prose(300), stream_tag::standard_error));
    auto summary = run((*recorder)->finish(an_end()));
    BOOST_TEST_REQUIRE(summary.has_value());
    BOOST_TEST(summary->path == finished().string());
    BOOST_TEST(summary->file_bytes == fs::file_size(finished()));
    BOOST_TEST(!fs::exists(part()));
    auto back = read_recording(finished());
    BOOST_TEST(back.verdict.complete);
    BOOST_TEST(back.verdict.duplicates == 0u);
    BOOST_TEST((back.shown == text + random + prose(300)));
    BOOST_TEST(back.typed == "l");
    BOOST_TEST(back.delays[0] == 0);
    BOOST_TEST(back.delays[1] == 20);
    BOOST_TEST(back.types.back() == "session.end");
    BOOST_TEST(std::ranges::count(back.types, "resize") == 1);
    BOOST_TEST(back.verdict.parts >= 2u);
}

BOOST_AUTO_TEST_CASE(batches_of_every_size_come_back_through_another_inflate)
{
    auto recorder = open();
    std::string all;
    for (std::size_t size = 1; size < 60'000; size = size * 5 / 4 + 1) {
        auto piece = prose(size);
        all += piece;
        BOOST_TEST(print(**recorder, piece));
        time.advance(1s);
        run_until_idle();
    }
    BOOST_TEST(run((*recorder)->finish(an_end())).has_value());
    auto back = read_recording(finished());
    BOOST_TEST(back.verdict.complete);
    BOOST_TEST((back.shown == all));
}

BOOST_AUTO_TEST_CASE(what_was_typed_is_on_disk_within_a_second_by_one_sync)
{
    auto recorder = open();
    auto before = fault.syncs;
    BOOST_TEST(print(**recorder, "a"));
    run_until_idle();
    BOOST_TEST(read_recording(part()).shown.empty());
    time.advance(500ms);
    BOOST_TEST(print(**recorder, "b"));
    run_until_idle();
    time.advance(500ms);
    run_until_idle();
    BOOST_TEST(read_recording(part()).shown == "ab");
    BOOST_TEST(fault.syncs == before + 1);
}

BOOST_AUTO_TEST_CASE(at_bulk_rates_there_is_one_sync_a_second)
{
    auto recorder = open();
    auto before = fault.syncs;
    for (int i = 0; i < 100; ++i) {
        BOOST_TEST(print(**recorder, noise(300'000)));
        time.advance(30ms);
        run_until_idle();
    }
    BOOST_TEST(fault.syncs - before >= 2u);
    BOOST_TEST(fault.syncs - before <= 3u);
}

BOOST_AUTO_TEST_CASE(a_full_queue_takes_nothing_until_there_is_room)
{
    build(100'000);
    auto recorder = open();
    auto text = prose(60'000);
    BOOST_TEST(print(**recorder, text));
    BOOST_TEST(!(*recorder)->try_print(stream_tag::standard_output, as_bytes(text), {}).value());
    auto room = begin((*recorder)->room());
    BOOST_TEST(!room->has_value());
    time.advance(1s);
    run_until_idle();
    BOOST_TEST_REQUIRE(room->has_value());
    BOOST_TEST((*room)->has_value());
    BOOST_TEST(print(**recorder, text));
    BOOST_TEST(run((*recorder)->finish(an_end())).has_value());
    BOOST_TEST((read_recording(finished()).shown == text + text));
}

BOOST_AUTO_TEST_CASE(a_disk_that_stalls_past_the_deadline_has_failed)
{
    build(100'000);
    auto recorder = open();
    BOOST_TEST(print(**recorder, prose(90'000)));
    auto room = begin((*recorder)->room());
    time.advance(31s); // and no worker ran
    run_until_idle();
    BOOST_TEST_REQUIRE(room->has_value());
    BOOST_TEST(((*room)->error() == errc::recording_failed));
    BOOST_TEST((run((*recorder)->finish(an_end())).error() == errc::recording_failed));
}

BOOST_AUTO_TEST_CASE(a_recorder_that_nobody_finishes_leaves_all_it_took_for_the_repair)
{
    auto recorder = open();
    BOOST_TEST(print(**recorder, "last words"));
    recorder->reset();
    run_until_idle();
    BOOST_TEST(read_recording(part()).shown == "last words");
    auto repaired = repair_unfinished(directory.parts(), directory.records(), *log);
    BOOST_TEST_REQUIRE(repaired.size() == 1u);
    auto back = read_recording(finished());
    BOOST_TEST(back.verdict.complete);
    BOOST_TEST(back.shown == "last words");
    BOOST_TEST(back.end->synthesised);
}

BOOST_AUTO_TEST_CASE(an_event_numbered_before_a_print_but_taken_after_it_is_not_lost)
{
    auto recorder = open();
    wire::resize resize{a_start().header, {100, 30}};
    resize.header.metadata.index = (*recorder)->take_index();
    BOOST_TEST(print(**recorder, "x"));
    BOOST_TEST((*recorder)->try_event(resize).value());
    BOOST_TEST(run((*recorder)->finish(an_end())).has_value());
    auto back = read_recording(finished());
    BOOST_TEST((
        back.types == std::vector<std::string>{"session.start", "print", "resize", "session.end"}));
}

BOOST_AUTO_TEST_CASE(too_little_free_space_opens_nothing)
{
    fault.free_bytes = 1000;
    BOOST_TEST((open().error() == errc::disk_full));
    BOOST_TEST(!fs::exists(part()));
}

BOOST_AUTO_TEST_CASE(a_session_has_one_recording)
{
    auto first = open();
    BOOST_TEST((open().error() == errc::already_exists));
    BOOST_TEST(fs::exists(part()));
}

BOOST_AUTO_TEST_CASE(short_writes_change_nothing)
{
    fault.longest_write = 3;
    auto recorder = open();
    BOOST_TEST(print(**recorder, prose(2000)));
    BOOST_TEST(run((*recorder)->finish(an_end())).has_value());
    BOOST_TEST((read_recording(finished()).shown == prose(2000)));
}

BOOST_AUTO_TEST_CASE(every_call_that_can_fail_is_told_and_stays_told)
{
    for (auto error : {errc::disk_full, errc::io_error}) {
        for (std::size_t at = 1;; ++at) {
            record_fixture fresh;
            fresh.fault.fail_at = at;
            fresh.fault.error = error;
            auto recorder = fresh.open();
            if (!recorder) {
                BOOST_TEST((recorder.error() == error));
                BOOST_TEST(!fs::exists(fresh.part()));
                continue;
            }
            bool took = print(**recorder, prose(100'000));
            fresh.time.advance(1s);
            fresh.run_until_idle();
            took &= print(**recorder, "after");
            auto synced = fresh.run((*recorder)->sync());
            auto finished = fresh.run((*recorder)->finish(an_end()));
            if (fresh.fault.calls < at) {
                BOOST_TEST(took);
                BOOST_TEST(finished.has_value());
                break;
            }
            BOOST_TEST_REQUIRE(!finished.has_value());
            BOOST_TEST((finished.error() == error));
            if (!took) BOOST_TEST(!synced.has_value());
            BOOST_TEST(!(*recorder)
                            ->try_print(stream_tag::standard_output, as_bytes("x", 1), {})
                            .has_value());
        }
    }
}

BOOST_AUTO_TEST_CASE(threads_do_the_same)
{
    directory_store_settings settings;
    settings.records_dir = directory.records();
    settings.in_progress_dir = directory.parts();
    system_clock real;
    auto threaded = make_directory_store(settings, real, *log);
    auto session = [](recording_store& into) -> asio::awaitable<bool> {
        auto start = a_start(); // named: an awaitable refers to its arguments
        auto opening = into.open(start);
        auto recorder = co_await std::move(opening);
        if (!recorder) co_return false;
        for (int i = 0; i < 200;) {
            auto taken =
                (*recorder)->try_print(stream_tag::standard_output, as_bytes(prose(30'000)), {});
            if (!taken) co_return false;
            if (*taken) ++i;
            auto waiting = (*recorder)->room();
            if (auto waited = co_await std::move(waiting); !waited) co_return false;
        }
        auto end = an_end();
        auto finishing = (*recorder)->finish(end);
        auto done = co_await std::move(finishing);
        co_return done.has_value();
    };
    bool good = false;
    asio::co_spawn(
        loop, session(**threaded), [&](std::exception_ptr, bool value) { good = value; });
    loop.run();
    BOOST_TEST(good);
    BOOST_TEST(read_recording(finished()).shown.size() == 200 * 30'000u);
}

BOOST_AUTO_TEST_SUITE_END()
