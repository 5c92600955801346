// scp's old protocol in both directions, in every cut, and what is malformed or refused.

#include "sftp_samples.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace verbatim;
using namespace verbatim::test;
using files::direction;

using lines = std::vector<std::string>;

const std::string hello = "hello\n";
const std::string zero(1, '\0');

/// What the source sends, and what the sink answers.
struct scp {
    direction way;
    conversation all = {};

    scp& source(const std::string& bytes)
    {
        all.raw(way, bytes);
        return *this;
    }
    scp& sink(const std::string& bytes = zero)
    {
        all.raw(way == direction::upload ? direction::download : direction::upload, bytes);
        return *this;
    }
    scp& file(const std::string& head, const std::string& content)
    {
        return source(head + '\n').sink().source(content).source(zero).sink();
    }
};

lines told(
    const std::string& command, const scp& session, std::size_t step = std::string_view::npos)
{
    const auto observer = files::observe_command(command);
    BOOST_REQUIRE(observer);
    return told_of(followed(*observer, session.all, step));
}

void check(const std::string& command, const scp& session, const lines& expected)
{
    for (const std::size_t step : {std::string_view::npos, std::size_t{1}, std::size_t{3}})
        BOOST_TEST(told(command, session, step) == expected, boost::test_tools::per_element());
}

scp up() { return scp{direction::upload}.sink(); }
scp down() { return scp{direction::download}.sink(); }

void not_understood(const scp& session, const std::string& why)
{
    const auto line =
        told(session.way == direction::upload ? "scp -t x" : "scp -f x", session).back();
    BOOST_TEST(line.find("incomplete ! " + why) != line.npos, line);
    // Ends the session where the other direction is not permitted.
    const auto observer = files::observe_command(
        "scp -t x", files::permitted{true, session.way != direction::upload});
    if (session.way != direction::upload) return;
    followed(*observer, session.all);
    BOOST_TEST(!observer->refusal().empty());
}

} // namespace

BOOST_AUTO_TEST_SUITE(scp_observer)

BOOST_AUTO_TEST_CASE(files_and_folders_are_told_however_they_are_cut)
{
    scp session = up();
    session.source("T1700000000 0 1700000001 0\n").sink().file("C0640 6 a b", hello);
    session.source("D0755 0 dir\n").sink().file("C0600 0 empty", "");
    session.source("D0700 0 deep\n").sink().file("C0644 6 c", hello).source("E\n").sink();
    session.file("C0644 6 d", hello).source("E\n").sink().file("C0644 6 e", hello);
    check("scp -r -p -t .", session,
        {"file a b 6 5891b5b5", "directory dir", "file dir/empty e3b0c442", "directory dir/deep",
            "file dir/deep/c 6 5891b5b5", "file dir/d 6 5891b5b5", "file e 6 5891b5b5"});
    const auto observer = files::observe_command("scp -t x");
    const auto passed = followed(*observer, session.all);
    BOOST_TEST(passed[0].mode == 0640U);
    BOOST_TEST((passed[0].way == direction::upload));
}

BOOST_AUTO_TEST_CASE(a_download_has_the_names_of_its_command)
{
    check("scp -f /etc/passwd '/srv/my file'",
        down().file("C0644 6 passwd", hello).file("C0644 6 my file", hello),
        {"file /etc/passwd 6 5891b5b5", "file /srv/my file 6 5891b5b5"});
    check("scp -r -f /srv/", down().source("D0755 0 srv\n").sink().file("C0644 6 x", hello),
        {"directory /srv/", "file /srv/x 6 5891b5b5"});
    check("scp -f /etc/*", down().file("C0644 6 passwd", hello), {"file passwd 6 5891b5b5"});
}

BOOST_AUTO_TEST_CASE(a_file_that_the_sink_does_not_take_has_no_content)
{
    check("scp -t x",
        up().source("C0644 6 a\n").sink("\1scp: a: Permission denied\n").file("C0644 6 b", hello),
        {"file a incomplete ! scp: a: Permission denied", "file b 6 5891b5b5"});
    check("scp -r -t x", up().source("D0755 0 d\n").sink("\1scp: no\n").file("C0644 6 b", hello),
        {"directory d incomplete ! scp: no", "file b 6 5891b5b5"});
    check("scp -t x", scp{direction::upload}.sink("\1scp: x: No such directory\n"),
        {"file x incomplete ! scp: x: No such directory"});
}

BOOST_AUTO_TEST_CASE(failures_after_the_content_are_told)
{
    check("scp -t x", up().source("C0644 6 a\n").sink().source(hello + zero).sink("\1full\n"),
        {"file a 6 5891b5b5 ! full"});
    check("scp -f a", down().source("C0644 6 a\n").sink().source(hello + "\1a: I/O error\n").sink(),
        {"file a 6 5891b5b5 ! a: I/O error"});
}

BOOST_AUTO_TEST_CASE(what_the_source_cannot_send_is_told)
{
    check("scp -f /x", down().source("\1scp: /x: No such file\n"),
        {"file /x incomplete ! scp: /x: No such file"});
    check("scp -f /x /y", down().source("\1scp: /x: No such file\n").file("C0644 6 y", hello),
        {"file  incomplete ! scp: /x: No such file", "file /y 6 5891b5b5"});
    check("scp -f /x", down().source("\2fatal\n"), {"file /x incomplete ! fatal"});
}

BOOST_AUTO_TEST_CASE(answers_may_come_early_or_late)
{
    check("scp -f a",
        scp{direction::download}
            .sink(std::string(9, '\0'))
            .source("C0644 6 a\n" + hello + zero + "C0644 6 b\n" + hello + zero),
        {"file a 6 5891b5b5", "file b 6 5891b5b5"});
    check("scp -t a",
        up().source("C0644 6 a\n" + hello + zero + "C0644 6 b\n" + hello + zero)
            .sink(std::string(4, '\0')),
        {"file a 6 5891b5b5", "file b 6 5891b5b5"});
}

BOOST_AUTO_TEST_CASE(what_ended_within_a_file_is_incomplete)
{
    check("scp -t x", up().source("C0644 9 a\n").sink().source(hello),
        {"file a 6 5891b5b5 incomplete"});
    check("scp -t x", up().source("C0644 6 a\n").sink().source(hello + zero),
        {"file a 6 5891b5b5 incomplete (not confirmed)"});
    check("scp -t x", up(), {});
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_flagged_once)
{
    for (const auto* line : {"C644 6 a", "C0648 6 a", "C0644 x a", "C0644 6", "C0644 6 ", "C",
             "C0644 99999999999999999999 a", "C0644 -1 a", "D0755 a", "Ex", "Tx", "C 0644 6 a"})
        not_understood(up().source(line + std::string("\n")), "a line that cannot be read");
    not_understood(up().source("hello"), "a line that is none of scp's");
    not_understood(
        up().source("C0644 6 " + std::string(20'000, 'n') + '\n'), "a line that is too long");
    not_understood(up().source("C0644 1 a\n").sink().source("xy"), "content that does not end");
    not_understood(up().sink("?"), "an answer that is none of scp's");
    not_understood(down().source("?"), "a line that is none of scp's");
    not_understood(up().source("C0644 1 a\nx").sink("\1no\n"), "content of a file that was not");
    not_understood(up().source("D0755 0 a\nD0755 0 b\n").sink("\1no\n"), "content of a folder");
    not_understood(up().sink("\1why\n"), "an answer to nothing");
    std::string deep;
    for (int i = 0; i < 20; ++i) deep += "D0755 0 " + std::string(10'000, 'n') + '\n';
    not_understood(up().source(deep), "a path that is too long");
    std::string many;
    for (int i = 0; i < 2000; ++i) many += "T1 0 1 0\n";
    not_understood(up().source(many), "too many lines");
}

BOOST_AUTO_TEST_CASE(messages_are_bounded)
{
    scp session = down();
    for (int i = 0; i < 1500; ++i) session.source("\1" + std::string(5000, 'm') + '\n');
    const auto observer = files::observe_command("scp -f x");
    const auto passed = followed(*observer, session.all);
    BOOST_TEST(passed.size() == 1000U);
    BOOST_TEST(passed[0].error.size() == 1024U);
}

BOOST_AUTO_TEST_SUITE_END()
