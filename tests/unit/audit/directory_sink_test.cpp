#include <verbatim/audit/directory_sink.hpp>

#include <verbatim/wire/event_line.hpp>

#include "audit/stdout_sink.hpp"
#include "failing_files.hpp"
#include "scratch_directory.hpp"
#include "support/manual_clock.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

using namespace verbatim;
using namespace verbatim::test;
using audit::serialised_event;

namespace {

const std::string today = "2026-03-02.00:00:00.log";

std::vector<serialised_event> lines(std::initializer_list<std::string> texts)
{
    std::vector<serialised_event> batch;
    for (const auto& text : texts) batch.push_back({batch.size() + 1, {}, text});
    return batch;
}

struct sink_fixture {
    scratch_directory scratch;
    manual_clock time;
    file_failure failure;
    std::unique_ptr<audit::directory_sink> sink = fresh();

    std::unique_ptr<audit::directory_sink> fresh()
    {
        return std::make_unique<audit::directory_sink>(
            scratch.path() / "log", time, std::make_unique<failing_file_operations>(failure));
    }
    std::string read(const std::string& name) const { return scratch.read("log/" + name); }
    void prepare(const std::string& bytes)
    {
        std::filesystem::create_directories(scratch.path() / "log");
        scratch.write("log/" + today, bytes);
    }
};

mode_t mode_of(const std::filesystem::path& path)
{
    struct stat found {};
    BOOST_TEST_REQUIRE(::lstat(path.c_str(), &found) == 0);
    return found.st_mode & 07777;
}

} // namespace

BOOST_AUTO_TEST_SUITE(directory_sink)

BOOST_FIXTURE_TEST_CASE(lines_stand_in_the_file_of_the_day_and_the_link_points_at_it, sink_fixture)
{
    BOOST_TEST(sink->open().has_value());
    BOOST_TEST(sink->write(lines({"{1}", "{2}"})).has_value());
    BOOST_TEST(read(today) == "{1}\n{2}\n");
    BOOST_TEST(read("events.log") == "{1}\n{2}\n");
    const auto link = std::filesystem::read_symlink(scratch.path() / "log/events.log");
    BOOST_TEST(link.string() == today);
}

BOOST_FIXTURE_TEST_CASE(the_file_is_0640_whatever_the_umask, sink_fixture)
{
    const auto before = ::umask(0077);
    BOOST_TEST(sink->open().has_value());
    ::umask(0);
    time.advance(std::chrono::hours(24));
    BOOST_TEST(sink->write(lines({"{}"})).has_value());
    ::umask(before);
    BOOST_TEST(mode_of(scratch.path() / "log" / today) == 0640u);
    BOOST_TEST(mode_of(scratch.path() / "log/2026-03-03.00:00:00.log") == 0640u);
}

BOOST_FIXTURE_TEST_CASE(midnight_begins_a_new_file, sink_fixture)
{
    BOOST_TEST(sink->write(lines({"{1}"})).has_value());
    time.set_wall(*wire::parse_rfc3339("2026-03-02T23:59:59.999Z"));
    BOOST_TEST(sink->write(lines({"{2}"})).has_value());
    time.advance(std::chrono::milliseconds(1));
    BOOST_TEST(sink->write(lines({"{3}"})).has_value());
    BOOST_TEST(read(today) == "{1}\n{2}\n");
    BOOST_TEST(read("2026-03-03.00:00:00.log") == "{3}\n");
    BOOST_TEST(read("events.log") == "{3}\n");
}

BOOST_FIXTURE_TEST_CASE(a_clock_set_back_goes_on_in_the_older_file, sink_fixture)
{
    BOOST_TEST(sink->write(lines({"{1}"})).has_value());
    time.advance(std::chrono::hours(24));
    BOOST_TEST(sink->write(lines({"{2}"})).has_value());
    time.advance(-std::chrono::hours(24));
    BOOST_TEST(sink->write(lines({"{3}"})).has_value());
    BOOST_TEST(read(today) == "{1}\n{3}\n");
}

BOOST_FIXTURE_TEST_CASE(a_restart_appends, sink_fixture)
{
    BOOST_TEST(sink->write(lines({"{1}"})).has_value());
    sink = fresh();
    BOOST_TEST(sink->open().has_value());
    BOOST_TEST(sink->write(lines({"{2}"})).has_value());
    BOOST_TEST(read(today) == "{1}\n{2}\n");
}

BOOST_FIXTURE_TEST_CASE(a_torn_last_line_is_moved_aside, sink_fixture)
{
    prepare("{1}\n{2}\n{\"ei\":");
    BOOST_TEST(sink->open().has_value());
    BOOST_TEST(sink->write(lines({"{3}"})).has_value());
    BOOST_TEST(read(today) == "{1}\n{2}\n{3}\n");
    BOOST_TEST(read(today + ".torn") == "{\"ei\":\n");
}

BOOST_FIXTURE_TEST_CASE(a_file_that_is_one_torn_line_becomes_empty, sink_fixture)
{
    prepare("{\"ei\":" + std::string(200'000, 'x'));
    BOOST_TEST(sink->open().has_value());
    BOOST_TEST(read(today).empty());
    BOOST_TEST(read(today + ".torn").size() == 200'007u);
}

BOOST_FIXTURE_TEST_CASE(a_deleted_file_is_made_anew, sink_fixture)
{
    BOOST_TEST(sink->write(lines({"{1}"})).has_value());
    std::filesystem::remove(scratch.path() / "log" / today);
    BOOST_TEST(sink->write(lines({"{2}"})).has_value());
    BOOST_TEST(read(today) == "{2}\n");
}

BOOST_FIXTURE_TEST_CASE(a_batch_is_one_append_and_one_synchronisation, sink_fixture)
{
    BOOST_TEST(sink->open().has_value());
    failure.seen.clear();
    BOOST_TEST(sink->write(lines({"{1}", "{2}", "{3}"})).has_value());
    const std::vector<std::string> expected{"state", "append", "synchronise"};
    BOOST_TEST(failure.seen == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(short_writes_are_completed, sink_fixture)
{
    failure.longest_append = 2;
    BOOST_TEST(sink->write(lines({"{12345}", "{6}"})).has_value());
    BOOST_TEST(read(today) == "{12345}\n{6}\n");
}

BOOST_FIXTURE_TEST_CASE(a_full_disk_leaves_no_half_line, sink_fixture)
{
    BOOST_TEST(sink->write(lines({"{1}"})).has_value());
    failure.at_call = failure.calls + 2; // state, append
    failure.error = ENOSPC;
    failure.bytes_before_failure = 5;
    const auto written = sink->write(lines({"{22}", "{33}"}));
    BOOST_TEST((written.error() == boost::system::errc::no_space_on_device));
    BOOST_TEST(read(today) == "{1}\n");
    BOOST_TEST(sink->write(lines({"{22}", "{33}"})).has_value());
    BOOST_TEST(read(today) == "{1}\n{22}\n{33}\n");
}

BOOST_FIXTURE_TEST_CASE(a_half_line_that_cannot_be_cut_is_moved_aside_by_the_next_try, sink_fixture)
{
    BOOST_TEST(sink->write(lines({"{1}"})).has_value());
    failure.at_call = failure.calls + 2;
    failure.error = EIO;
    failure.bytes_before_failure = 2;
    failure.truncate_fails = true;
    BOOST_TEST(!sink->write(lines({"{22}"})).has_value());
    BOOST_TEST(read(today) == "{1}\n{2");
    failure.truncate_fails = false;
    BOOST_TEST(sink->write(lines({"{22}"})).has_value());
    BOOST_TEST(read(today) == "{1}\n{22}\n");
}

BOOST_AUTO_TEST_CASE(every_call_may_fail_once_and_the_next_try_succeeds)
{
    std::size_t call = 1;
    for (bool failed = true; failed; ++call) {
        sink_fixture fix;
        fix.prepare("{0}\n{torn");
        fix.failure.at_call = call;
        fix.failure.error = call % 2 ? EIO : ENOSPC;
        fix.failure.bytes_before_failure = 3;
        failed = !fix.sink->write(lines({"{1}", "{2}"})).has_value();
        BOOST_TEST(failed == (fix.failure.calls >= call), "call " << call);
        if (failed) BOOST_TEST(fix.sink->write(lines({"{1}", "{2}"})).has_value());
        BOOST_TEST(fix.read(today) == "{0}\n{1}\n{2}\n", "call " << call);
    }
    BOOST_TEST(call > 10u);
}

BOOST_FIXTURE_TEST_CASE(a_foreign_file_called_events_log_is_not_touched, sink_fixture)
{
    std::filesystem::create_directories(scratch.path() / "log");
    scratch.write("log/events.log", "precious");
    BOOST_TEST((sink->open().error() == boost::system::errc::file_exists));
    BOOST_TEST(read("events.log") == "precious");
}

BOOST_AUTO_TEST_CASE(uris_name_sinks_or_are_refused_with_a_sentence)
{
    const scratch_directory scratch;
    const manual_clock time;
    std::string why;
    auto sink = audit::make_sink("file://" + (scratch.path() / "a/b").string(), time, why);
    BOOST_TEST_REQUIRE(sink.has_value());
    BOOST_TEST((*sink)->name() == "file://" + (scratch.path() / "a/b").string());
    BOOST_TEST(std::filesystem::exists(scratch.path() / "a/b" / today));
    BOOST_TEST(audit::make_sink("stdout://", time, why).has_value());

    for (const auto* bad : {"", "dynamodb://table", "file://host/dir", "file:///dir?x=1", "stdout"})
        BOOST_TEST((audit::make_sink(bad, time, why).error() == errc::malformed), bad);
    BOOST_TEST(why == "unknown audit sink 'stdout': use file:///directory or stdout://");

    scratch.write("plain", "");
    const auto below = "file://" + (scratch.path() / "plain/log").string();
    BOOST_TEST(
        (audit::make_sink(below, time, why).error() == boost::system::errc::not_a_directory));
    BOOST_TEST(why.ends_with(": Not a directory"));
}

BOOST_AUTO_TEST_CASE(the_stdout_sink_writes_lines)
{
    int ends[2];
    BOOST_TEST_REQUIRE(::pipe(ends) == 0);
    audit::stdout_sink sink(ends[1]);
    BOOST_TEST(sink.write(lines({"{1}", "{2}"})).has_value());
    char text[16];
    BOOST_TEST(::read(ends[0], text, sizeof text) == 8);
    BOOST_TEST(std::string(text, 8) == "{1}\n{2}\n");
    ::close(ends[1]);
    BOOST_TEST(!sink.write(lines({"{3}"})).has_value());
    ::close(ends[0]);
}

BOOST_AUTO_TEST_SUITE_END()
