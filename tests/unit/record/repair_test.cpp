#include "unit/record/record_fixture.hpp"

namespace {

using namespace verbatim;
using namespace verbatim::record;
using namespace verbatim::record::test;
using namespace std::chrono_literals;

struct repair_fixture : record_fixture {
    /// A recording in progress: five batches; the last holds the session's end.
    std::string small_recording()
    {
        auto recorder = open();
        for (auto text : {"first\r\n", "second\r\n", "third\r\n"}) {
            BOOST_TEST(print(**recorder, text));
            time.advance(1s);
            run_until_idle();
        }
        BOOST_TEST(run((*recorder)->finish(an_end())).has_value());
        auto file = contents(finished());
        fs::remove(finished());
        return file;
    }
    static constexpr std::string_view all_shown = "first\r\nsecond\r\nthird\r\n";

    void check_repaired(bool had_start)
    {
        if (!had_start) {
            BOOST_TEST(fs::exists(part().concat(".broken")));
            fs::remove(part().concat(".broken"));
            return;
        }
        auto back = read_recording(finished());
        BOOST_TEST(back.verdict.complete);
        BOOST_TEST(all_shown.starts_with(back.shown));
        BOOST_TEST(std::ranges::count(back.types, "session.end") == 1);
        BOOST_TEST_REQUIRE(back.end.has_value());
        BOOST_TEST(back.end->interactive);
        BOOST_TEST((back.end->header.session == a_start().header.session));
        fs::remove(finished());
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(repair_tests, repair_fixture)

BOOST_AUTO_TEST_CASE(a_file_cut_at_any_byte_is_finished_and_sound)
{
    auto whole = small_recording();
    std::size_t longest = 0;
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        write_file(part(), std::string_view(whole).substr(0, size));
        auto before = read_recording(part());
        auto repaired = repair_unfinished(directory.parts(), directory.records(), *log);
        BOOST_TEST_REQUIRE(repaired.size() == 1u);
        BOOST_TEST(!fs::exists(part()));
        auto kept = repaired[0].end ? read_recording(finished()).shown.size() : 0;
        BOOST_TEST(kept >= longest); // more of the file never saves less
        longest = kept;
        BOOST_TEST(repaired[0].bytes_dropped <= size);
        check_repaired(repaired[0].end.has_value());
    }
    BOOST_TEST(longest == all_shown.size());
}

BOOST_AUTO_TEST_CASE(a_proxy_killed_at_any_write_leaves_what_the_repair_can_finish)
{
    for (std::size_t at = 1;; ++at) {
        repair_fixture killed;
        killed.fault.fail_at = at;
        killed.fault.dead_from_there = true;
        if (auto recorder = killed.open()) {
            for (auto text : {"first\r\n", "second\r\n", "third\r\n"}) {
                std::ignore = print(**recorder, text);
                killed.time.advance(1s);
                killed.run_until_idle();
            }
            std::ignore = killed.run((*recorder)->finish(an_end()));
        }
        if (killed.fault.calls < at) break;
        if (!fs::exists(killed.part())) continue; // before it began or after its end
        auto repaired =
            repair_unfinished(killed.directory.parts(), killed.directory.records(), *log);
        BOOST_TEST_REQUIRE(repaired.size() == 1u);
        killed.check_repaired(repaired[0].end.has_value());
    }
}

BOOST_AUTO_TEST_CASE(a_repair_killed_at_any_call_is_taken_up_again)
{
    auto whole = small_recording();
    for (std::size_t size :
        {whole.size(), whole.size() - 5, whole.size() * 2 / 3, whole.size() / 2}) {
        std::string undisturbed;
        for (std::size_t at = 1; at < 30; ++at) {
            write_file(part(), std::string_view(whole).substr(0, size));
            disk_fault death;
            death.fail_at = at;
            death.dead_from_there = true;
            faulty_file_system dying(death);
            std::ignore = repair_unfinished(directory.parts(), directory.records(), *log, dying);
            if (fs::exists(part())) {
                auto again = repair_unfinished(directory.parts(), directory.records(), *log);
                BOOST_TEST_REQUIRE(again.size() == 1u);
            }
            auto shown = read_recording(finished()).shown;
            if (!undisturbed.empty()) BOOST_TEST(shown == undisturbed);
            undisturbed = shown;
            check_repaired(true);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_synthesised_end_takes_its_time_from_the_last_event_and_tells_who_took_part)
{
    auto recorder = open();
    wire::session_join join{a_start().header, "peer"};
    join.header.user.user = "bob";
    join.header.metadata.index = (*recorder)->take_index();
    BOOST_TEST((*recorder)->try_event(join).value());
    time.advance(90s);
    BOOST_TEST(print(**recorder, "x"));
    recorder->reset();
    run_until_idle();
    auto repaired = repair_unfinished(directory.parts(), directory.records(), *log);
    BOOST_TEST_REQUIRE(repaired.size() == 1u);
    const auto& end = *repaired[0].end;
    BOOST_TEST(end.synthesised);
    BOOST_TEST((end.end_time == a_start().header.metadata.time + 90s));
    BOOST_TEST((end.participants == std::vector<std::string>{"alice", "bob"}));
    BOOST_TEST(repaired[0].bytes_dropped == 0u);
}

BOOST_AUTO_TEST_CASE(other_files_and_finished_recordings_are_left_alone)
{
    auto whole = small_recording();
    write_file(directory.parts() / "notes.txt", "hands off");
    write_file(directory.parts() / "not-a-session.part", "hands off");
    write_file(finished(), "already there");
    write_file(part(), whole);
    BOOST_TEST(repair_unfinished(directory.parts(), directory.records(), *log).empty());
    BOOST_TEST(contents(finished()) == "already there");
    BOOST_TEST(fs::exists(part()));
    BOOST_TEST(contents(directory.parts() / "not-a-session.part") == "hands off");
}

BOOST_AUTO_TEST_SUITE_END()
