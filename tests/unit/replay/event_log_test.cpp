#include <verbatim/replay/event_log.hpp>
#include <verbatim/replay/recording_file.hpp>
#include <verbatim/replay/session_table.hpp>

#include <boost/test/unit_test.hpp>

#include <fstream>

#include <stdlib.h>

using namespace verbatim;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct directory {
    fs::path path;
    directory()
    {
        std::string name = (fs::temp_directory_path() / "verbatim-replay-XXXXXX").string();
        BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~directory() { fs::remove_all(path); }
    void write(const std::string& name, std::string_view text, bool more = false) const
    {
        fs::create_directories((path / name).parent_path());
        std::ofstream(path / name, more ? std::ios::app : std::ios::trunc) << text;
    }
};

wire::parsed_line parsed(std::string_view line)
{
    const auto read = wire::parse_event_line(line);
    BOOST_REQUIRE(read.has_value());
    return *read;
}

constexpr std::string_view login =
    R"({"ei":0,"event":"user.login","code":"T1000I","time":"2026-11-22T10:00:00Z","user":"alice"})";
constexpr std::string_view sid = "7d0c3a52-6f0e-4c1b-9b61-2f6c1a9e8b10";

std::string session_line(std::string_view type, std::string_view time, std::string_view rest)
{
    return R"({"ei":1,"event":")" + std::string(type) + R"(","time":")" + std::string(time) +
           R"(","user":"alice","login":"root","sid":")" + std::string(sid) +
           R"(","proto":"ssh","server_hostname":"web1")" + std::string(rest) + "}";
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(event_log_tests, directory)

BOOST_AUTO_TEST_CASE(a_filter_asks_for_time_type_user_and_session)
{
    const auto line = parsed(login);
    replay::event_filter filter;
    BOOST_TEST(filter.matches(line));
    filter.from = line.time;
    filter.to = line.time + 1ns;
    filter.types = {"user.login", "auth"};
    filter.user = "alice";
    BOOST_TEST(filter.may_match(login));
    BOOST_TEST(filter.matches(line));
    filter.to = line.time;
    BOOST_TEST(!filter.matches(line));
    filter.to.reset();
    filter.from = line.time + 1ns;
    BOOST_TEST(!filter.matches(line));
    filter.from.reset();
    filter.user = "bob";
    BOOST_TEST(!filter.may_match(login));
    BOOST_TEST(!filter.matches(line));
    filter.user.clear();
    filter.sid = "7d0c3a52";
    filter.types.clear();
    BOOST_TEST(!filter.matches(line));
    BOOST_TEST(filter.matches(parsed(session_line("exec", "2026-11-22T10:00:00Z", ""))));
}

BOOST_AUTO_TEST_CASE(a_user_name_that_json_escapes_is_still_found)
{
    replay::event_filter filter;
    filter.user = "a\"b";
    const std::string line = R"({"event":"auth","time":"2026-11-22T10:00:00Z","user":"a\"b"})";
    BOOST_TEST(filter.may_match(line));
    BOOST_TEST(filter.matches(parsed(line)));
}

BOOST_AUTO_TEST_CASE(files_are_chosen_by_their_day)
{
    for (const auto* name : {"2026-11-19.00:00:00.log", "2026-11-20.00:00:00.log",
             "2026-11-21.00:00:00.log", "2026-11-22.00:00:00.log", "2026-11-23.00:00:00.log",
             "events.log", "2026-11-21.log", "notes.txt"})
        write(name, "");
    const wall_time from = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + 12h;
    const auto all = replay::daily_files(path, {}, {});
    BOOST_REQUIRE(all.has_value());
    BOOST_TEST(all->size() == 5U);
    BOOST_TEST(all->front().filename() == "2026-11-19.00:00:00.log");
    const auto some = replay::daily_files(path, from, from + 1h);
    BOOST_REQUIRE(some.has_value());
    BOOST_TEST(some->size() == 3U);
    BOOST_TEST(some->front().filename() == "2026-11-20.00:00:00.log");
    BOOST_TEST((replay::daily_files(path / "none", {}, {}).error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE(lines_come_whole_and_a_growing_file_goes_on)
{
    write("a.log", "one\ntwo\nthr");
    auto reader = replay::line_reader::open(path / "a.log").value();
    BOOST_TEST(reader->next(false).value()->text == "one");
    BOOST_TEST(reader->next(false).value()->number == 2U);
    BOOST_TEST(!reader->next(false).value().has_value());
    write("a.log", "ee\n", true);
    BOOST_TEST(reader->next(false).value()->text == "three");
    write("a.log", "end", true);
    BOOST_TEST(!reader->next(false).value().has_value());
    const auto rest = reader->next(true).value();
    BOOST_TEST(rest->text == "end");
    BOOST_TEST(rest->unfinished);
    BOOST_TEST(!reader->next(true).value().has_value());
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_is_one_damaged_line_and_no_more)
{
    write("a.log", "one\n" + std::string(1'000'000, 'x') + "\nthree\n");
    auto reader = replay::line_reader::open(path / "a.log").value();
    BOOST_TEST(reader->next(true).value()->text == "one");
    const auto second = reader->next(true).value();
    BOOST_TEST(second->too_long);
    BOOST_TEST(second->text.size() == 64U * 1024);
    const auto third = reader->next(true).value();
    BOOST_TEST(third->text == "three");
    BOOST_TEST(third->number == 3U);
    BOOST_TEST(!reader->next(true).value().has_value());
}

BOOST_AUTO_TEST_CASE(sessions_are_folded_from_their_events)
{
    replay::session_table table;
    table.add(parsed(login));
    table.add(parsed(
        session_line("session.start", "2026-11-22T10:00:00Z", R"(,"initial_command":["ls -l"])")));
    const auto begun = table.rows({}, {{std::string(sid), 10}});
    BOOST_REQUIRE(begun.size() == 1U);
    BOOST_TEST((begun[0].what == replay::session_row::state::running));
    BOOST_TEST((table.rows({}, {})[0].what == replay::session_row::state::unfinished));
    table.add(parsed(session_line("exec", "2026-11-22T10:00:04Z", R"(,"command":"ls -l")")));
    table.add(parsed(session_line("session.end", "2026-11-22T10:00:05Z",
        R"(,"interactive":false,"session_start":"2026-11-22T10:00:00Z","session_stop":"2026-11-22T10:00:05Z")")));
    table.add(parsed(session_line("session.data", "2026-11-22T10:00:05Z", R"(,"tx":5,"rx":7)")));
    const auto rows = table.rows({{std::string(sid), 99}}, {});
    BOOST_REQUIRE(rows.size() == 1U);
    const auto& row = rows[0];
    BOOST_TEST((row.what == replay::session_row::state::finished));
    BOOST_TEST(row.kind == "exec");
    BOOST_TEST(row.command == "ls -l");
    BOOST_TEST(row.user + ' ' + row.login + '@' + row.target == "alice root@web1");
    BOOST_TEST(row.tx + row.rx == 12U);
    BOOST_TEST(row.recording_bytes == 99U);
    BOOST_TEST((*row.end - row.start == 5s));
}

BOOST_AUTO_TEST_CASE(a_kubernetes_session_is_told_by_its_pod_and_cluster)
{
    const std::string place =
        R"(,"proto":"kube","kubernetes_cluster":"prod","kubernetes_pod_namespace":"shop",)"
        R"("kubernetes_pod_name":"cart-0","kubernetes_container_name":"app")";
    const auto row_of = [&](const std::vector<std::string>& lines) {
        replay::session_table table;
        for (const auto& line : lines) table.add(parsed(line));
        const auto rows = table.rows({}, {});
        BOOST_REQUIRE(rows.size() == 1U);
        return rows[0];
    };
    const auto line = [&](std::string_view type, const std::string& more) {
        return session_line(std::string(type), "2026-11-22T10:00:00Z", place + more);
    };
    const auto ended = line("session.end", R"(,"interactive":true)");
    const auto exec =
        row_of({line("session.start", R"(,"initial_command":["sh","-c","exit 3"])"), ended});
    BOOST_TEST(exec.command == "sh -c 'exit 3'");
    BOOST_TEST(exec.kind == "exec");
    BOOST_TEST(exec.target == "prod");
    BOOST_TEST(exec.container == "app");
    BOOST_TEST(replay::place_text(exec) == "shop/cart-0@prod");
    BOOST_TEST(row_of({line("session.start", ""), ended}).kind == "attach");
    const auto forward = row_of({line("session.start", ""), line("port", R"(,"addr":"port 80")")});
    BOOST_TEST(forward.kind == "port-forward");
    BOOST_TEST(forward.command == "port 80");
}

BOOST_AUTO_TEST_CASE(a_recording_that_no_event_tells_of_is_listed)
{
    const auto rows = replay::session_table().rows({}, {{std::string(sid), 10}});
    BOOST_REQUIRE(rows.size() == 1U);
    BOOST_TEST((rows[0].what == replay::session_row::state::running));
}

BOOST_AUTO_TEST_CASE(recordings_are_found_by_the_beginning_of_their_id)
{
    const auto places = replay::places_of(path, "");
    const std::string other = "7d0c3a52-ffff-4c1b-9b61-2f6c1a9e8b10";
    write("log/records/" + std::string(sid) + ".tar", "x");
    write("log/upload/streaming/default/" + std::string(sid) + ".part", "x");
    const auto found = replay::locate_recording(places, "7d0c3a52");
    BOOST_REQUIRE(found.has_value());
    BOOST_TEST(found->finished);
    BOOST_TEST(found->path.filename() == std::string(sid) + ".tar");
    write("log/upload/streaming/default/" + other + ".part", "x");
    BOOST_TEST((replay::locate_recording(places, "7d0c3a52").error() == errc::limit_reached));
    BOOST_TEST(!replay::locate_recording(places, "7d0c3a52-f")->finished);
    BOOST_TEST((replay::locate_recording(places, "7d0c").error() == errc::malformed));
    BOOST_TEST((replay::locate_recording(places, "alice123456").error() == errc::malformed));
    BOOST_TEST((replay::locate_recording(places, "00000000").error() == errc::not_found));
    BOOST_TEST((replay::locate_recording(places, "/none.tar").error() == errc::not_found));
    BOOST_TEST((replay::places_of(path, "file:///r").finished == "/r"));
}

BOOST_AUTO_TEST_SUITE_END()
