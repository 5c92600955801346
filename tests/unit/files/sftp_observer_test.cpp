// SFTP: every request, in every cut, and what is malformed, out of order or too much.

#include "files/sftp_observer.hpp"
#include "sftp_samples.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace verbatim;
using namespace verbatim::test;
using files::direction;
namespace sftp = files::sftp;

using lines = std::vector<std::string>;

constexpr std::uint32_t flag_read = 1, flag_write = 2, flag_append = 4, flag_create = 8;
constexpr std::uint32_t put_flags = flag_write | flag_create | 16;

const std::string hello = "hello\n"; // its SHA-256 begins with 5891b5b5, of no bytes e3b0c442

conversation everything()
{
    conversation all;
    all.begin();
    all.ask(16, 1, text32(".")).answer(104, 1, number32(1) + text32("/home/a") + text32("long"));
    all.open(2, "up", put_flags, "h1", mode_0640)
        .write(3, "h1", 0, "hel")
        .write(4, "h1", 3, "lo\n");
    all.ask(10, 5, text32("h1") + number32(8) + number32(7) + number32(9)).status(5);
    all.close(6, "h1");
    all.ask(17, 7, text32("down")).answer(105, 7, number32(5) + number64(6) + number32(0100600));
    all.open(8, "down", flag_read, "h2").ask_read(9, "h2", 0, 6).ask_read(10, "h2", 6, 6);
    all.content(9, hello).status(10, 1).close(11, "h2");
    all.ask(sftp::remove, 12, text32("gone")).status(12);
    all.ask(sftp::mkdir, 13, text32("dir") + number32(4) + number32(0755)).status(13);
    all.ask(sftp::rmdir, 14, text32("dir")).status(14, 4);
    all.ask(sftp::rename, 15, text32("a") + text32("b")).status(15);
    all.ask(sftp::symlink, 16, text32("points to") + text32("name")).status(16);
    all.ask(sftp::setstat, 17, text32("f") + mode_0640).status(17);
    all.ask(sftp::remove, 18, text32("there")).status(18, 3);
    all.ask(sftp::remove, 19, text32("x\ny\xff")).status(19, 77);
    all.ask(sftp::opendir, 20, text32("folder")).answer(sftp::handle, 20, text32("d"));
    for (std::uint32_t id = 21; id < 24; ++id)
        all.ask(sftp::readdir, id, text32("d")).answer(sftp::name, id, number32(1) + "anything");
    all.ask(sftp::readdir, 24, text32("d")).status(24, 1).close(25, "d");
    const auto extended = [&](std::uint32_t id, std::string_view name, const std::string& rest) {
        all.ask(sftp::extended, id, text32(name) + rest);
    };
    extended(26, "posix-rename@openssh.com", text32("c") + text32("d"));
    all.status(26);
    extended(27, "hardlink@openssh.com", text32("old") + text32("new"));
    all.status(27);
    extended(28, "lsetstat@openssh.com", text32("l") + mode_0640);
    all.status(28);
    for (const auto* name : {"statvfs@openssh.com", "limits@openssh.com", "expand-path@openssh.com",
             "users-groups-by-id@openssh.com"}) {
        extended(29, name, text32("/"));
        all.answer(sftp::extended_reply, 29, "anything");
    }
    extended(30, "fsync@openssh.com", text32("h1"));
    all.status(30);
    return all;
}

lines everything_told()
{
    return {"put up 6 5891b5b5", "get down 6 5891b5b5", "remove gone", "mkdir dir",
        "rmdir dir ! failure", "rename a -> b", "symlink name -> points to", "setstat f",
        "remove there ! permission denied", "remove x\ny\xff ! unknown status", "opendir folder",
        "rename c -> d", "link new -> old", "setstat l"};
}

/// Cut at any byte of what follows the beginning: the same is told.
void check(const conversation& all, const lines& expected)
{
    for (const std::size_t step : {std::string_view::npos, std::size_t{1}, std::size_t{7}})
        BOOST_TEST(told_of(followed(all, step)) == expected, boost::test_tools::per_element());
}

void check_not_understood(const conversation& all, const std::string& why)
{
    const auto passed = followed(all);
    BOOST_TEST_CONTEXT(why)
    {
        BOOST_REQUIRE(!passed.empty());
        BOOST_TEST(passed.back().error.find(why) != std::string::npos, passed.back().error);
        BOOST_TEST(!passed.back().complete);
        BOOST_TEST((passed.back().what == files::action::unknown));
    }
    const auto observer = files::observe_subsystem("sftp", {true, false});
    BOOST_TEST(followed(*observer, all).back().refused);
    BOOST_TEST(!observer->refusal().empty());
}

conversation began() { return conversation().begin(); }

} // namespace

BOOST_AUTO_TEST_SUITE(sftp_observer)

BOOST_AUTO_TEST_CASE(a_whole_session_is_told_however_it_is_cut)
{
    check(everything(), everything_told());
    const auto passed = followed(everything());
    BOOST_TEST(passed[0].mode == 0640U);
    BOOST_TEST(passed[0].flags == put_flags);
    BOOST_TEST(passed[0].attrs.modification_time.value() == 9U);
    BOOST_TEST(passed[0].folder == "/home/a");
    BOOST_TEST(passed[1].mode == 0600U);
}

BOOST_AUTO_TEST_CASE(many_requests_in_flight_and_answers_in_any_order)
{
    conversation all = began();
    all.open(1, "f", flag_read, "h");
    for (std::uint32_t i = 0; i < 64; ++i) all.ask_read(100 + i, "h", i, 1);
    for (std::uint32_t i = 0; i < 64; ++i) all.content(100 + i, "x");
    all.ask_read(200, "h", 64, 1).status(200, 1).close(2, "h");
    check(all, {"get f 64 7ce10097"});

    conversation mixed = began();
    mixed.open(1, "f", flag_read, "h").ask_read(2, "h", 0, 3).ask_read(3, "h", 3, 3);
    mixed.content(3, "lo\n").content(2, "hel").close(4, "h");
    check(mixed, {"get f 6 (not read in order)"});
}

BOOST_AUTO_TEST_CASE(what_does_not_begin_at_the_beginning_says_so)
{
    conversation all = began();
    all.open(1, "r", flag_write, "h").write(2, "h", 100, hello).close(3, "h");
    all.open(4, "a", flag_write | flag_append, "h")
        .write(5, "h", 0, "hel")
        .write(6, "h", 0, "lo\n");
    all.close(7, "h");
    all.open(8, "o", flag_write, "h").write(9, "h", 5, "x").write(10, "h", 0, "y").close(11, "h");
    all.open(12, "e", put_flags, "h").close(13, "h");
    all.open(14, "n", flag_read, "h").ask_read(15, "h", 0, 6).content(15, hello).close(16, "h");
    check(all, {"put r 6 5891b5b5 (written from byte 100)", "put a 6 5891b5b5 (appended)",
                   "put o 2 (not written in order)", "put e e3b0c442",
                   "get n 6 5891b5b5 (not read to its end)"});
}

BOOST_AUTO_TEST_CASE(a_file_read_and_written_has_both)
{
    conversation all = began();
    all.open(1, "f", flag_read | flag_write, "h").write(2, "h", 0, hello);
    all.ask_read(3, "h", 0, 6).content(3, hello).close(4, "h");
    all.open(5, "g", flag_read | flag_write, "h").ask_read(6, "h", 0, 9).content(6, hello);
    all.ask_read(7, "h", 6, 9).status(7, 1).close(8, "h");
    check(all, {"put f 6 5891b5b5 read 6 5891b5b5", "get g 6 5891b5b5"});
}

BOOST_AUTO_TEST_CASE(failures_are_told)
{
    conversation all = began();
    all.ask(3, 1, text32("no") + number32(flag_read) + number32(0)).status(1, 2);
    all.open(2, "full", put_flags, "h").write(3, "h", 0, hello, 4).close(4, "h");
    all.open(5, "late", put_flags, "h").ask(4, 6, text32("h")).status(6, 4);
    all.open(7, "mode", put_flags, "h").ask(10, 8, text32("h") + mode_0640).status(8, 3);
    all.close(9, "h");
    check(all, {"get no ! no such file", "put full 6 5891b5b5 ! write: failure",
                   "put late e3b0c442 ! close: failure", "fsetstat mode ! permission denied",
                   "put mode e3b0c442"});
}

BOOST_AUTO_TEST_CASE(what_is_open_or_unanswered_at_the_end_is_incomplete)
{
    conversation all = began();
    all.open(1, "f", put_flags, "h").write(2, "h", 0, hello);
    all.ask(sftp::remove, 3, text32("x"));
    check(all, {"remove x incomplete ! not answered", "put f 6 5891b5b5 incomplete"});
    all.raw(direction::upload,
        packet(6, number32(4) + text32("h") + number64(6) + text32("abc")).substr(0, 25));
    BOOST_TEST(followed(all).size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_size_that_is_not_what_was_written_is_noted)
{
    conversation all = began();
    for (const std::uint64_t size : {6U, 4U}) {
        all.open(1, "f", put_flags, "h").write(2, "h", 0, hello);
        all.ask(sftp::fsetstat, 3, text32("h") + number32(1) + number64(size)).status(3);
        all.close(4, "h");
    }
    all.open(1, "a", flag_write | flag_append, "h")
        .write(2, "h", 9, "hel")
        .write(3, "h", 99, "lo\n");
    all.close(4, "h");
    check(all, {"put f 6 5891b5b5", "put f 6 5891b5b5 (its size was set to 4)",
                   "put a 6 5891b5b5 (appended from byte 9)"});
}

BOOST_AUTO_TEST_CASE(a_download_that_was_read_to_its_end_need_not_be_closed)
{
    conversation all = began();
    all.open(1, "f", flag_read, "h")
        .ask_read(2, "h", 0, 6)
        .ask_read(3, "h", 6, 6)
        .content(2, hello);
    check(all, {"get f 6 5891b5b5 incomplete (not read to its end)"});
    all.status(3, 1);
    check(all, {"get f 6 5891b5b5 (not closed)"});
}

BOOST_AUTO_TEST_CASE(a_copy_on_the_target_is_noted)
{
    conversation all = began();
    all.open(1, "from", flag_read, "a").open(2, "to", put_flags, "b");
    all.ask(200, 3,
        text32("copy-data") + text32("a") + number64(0) + number64(0) + text32("b") + number64(0));
    all.status(3).close(4, "b").close(5, "a");
    check(all, {"put to e3b0c442 (content copied on the target from from)",
                   "get from e3b0c442 (not read to its end)"});
}

BOOST_AUTO_TEST_CASE(a_handle_may_be_used_again_at_once)
{
    conversation all = began();
    all.open(1, "a", put_flags, "h").ask(4, 2, text32("h"));
    all.open(3, "b", put_flags, "h").status(2).write(4, "h", 0, hello).close(5, "h");
    check(all, {"put a e3b0c442", "put b 6 5891b5b5"});
    conversation stolen = began();
    stolen.open(1, "a", put_flags, "h").open(2, "b", put_flags, "h").close(3, "h");
    check(stolen, {"put a e3b0c442 incomplete", "put b e3b0c442"});
}

BOOST_AUTO_TEST_CASE(content_of_unknown_files_is_counted)
{
    conversation all = began();
    all.write(1, "nobody", 0, hello);
    check(all, {"put  6 incomplete (content of files that are not followed)"});
    conversation unasked = began();
    unasked.ask_read(1, "nobody", 0, 6).content(1, hello);
    const auto told = followed(unasked);
    BOOST_REQUIRE(told.size() == 1U);
    BOOST_TEST((told[0].way == direction::download));
    BOOST_TEST(told[0].size == hello.size());
}

BOOST_AUTO_TEST_CASE(an_extension_that_is_not_known_is_told)
{
    conversation all = began();
    all.ask(200, 1, text32("wipe@example.com") + "anything").status(1, 8);
    check(all,
        {"unknown wipe@example.com (an extension that is not understood) ! operation unsupported"});
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_flagged_once)
{
    const auto client = [](const std::string& bytes) {
        return began().raw(direction::upload, bytes);
    };
    const auto target = [](const std::string& bytes) {
        return began().raw(direction::download, bytes);
    };
    check_not_understood(client(number32(0) + '\1'), "too short");
    check_not_understood(client(number32(4) + "\1..."), "too short");
    check_not_understood(client(number32(0xffffffff) + "\x03"), "4294967295 bytes");
    check_not_understood(client(number32(262145) + "\x03"), "262145 bytes");
    check_not_understood(client(packet(99, number32(1) + text32("x"))), "type 99");
    check_not_understood(
        client(packet(sftp::remove, number32(1) + number32(5) + "abc")), "type 13");
    check_not_understood(
        client(packet(6, number32(1) + number32(257) + std::string(300, 'h'))), "a handle of 257");
    check_not_understood(
        client(packet(6, number32(1) + text32("h") + number64(0) + number32(9) + "short")),
        "longer than its packet");
    check_not_understood(client(packet(6, number32(1) + text32("h"))), "too short for what it is");
    check_not_understood(target(packet(101, number32(1) + number32(0))), "no request");
    check_not_understood(target(number32(0x7fffffff) + "\x65"), "2147483647 bytes");
    check_not_understood(
        conversation().raw(direction::upload, "hello, who is there?"), "a packet of");
    check_not_understood(
        conversation().raw(direction::upload, packet(3, number32(3))), "begin as SFTP");
    check_not_understood(
        conversation().raw(direction::download, packet(2, number32(3))), "begin as SFTP");
    check_not_understood(conversation().begin(6), "version 6");
    check_not_understood(
        began().ask(sftp::remove, 1, text32("a")).ask(sftp::remove, 1, text32("b")),
        "a number of a request");
    check_not_understood(
        began().ask(sftp::remove, 1, text32("a")).answer(102, 1, text32("h")), "does not fit");
    check_not_understood(began().ask(sftp::remove, 1, text32("a")).content(1, "x"),
        "content that was not asked for");
    check_not_understood(began()
                             .ask(3, 1, text32("a") + number32(1) + number32(0))
                             .answer(102, 1, text32(std::string(257, 'h'))),
        "a handle that cannot be read");
}

BOOST_AUTO_TEST_CASE(nothing_is_told_after_it_and_what_was_open_is_incomplete)
{
    conversation all = began();
    all.open(1, "f", put_flags, "h").write(2, "h", 0, hello);
    all.raw(direction::upload, number32(0) + "\1").ask(sftp::remove, 3, text32("x")).status(3);
    const auto told = told_of(followed(all));
    BOOST_REQUIRE(told.size() == 2U);
    BOOST_TEST(told[0] == "put f 6 5891b5b5 incomplete");
}

BOOST_AUTO_TEST_CASE(more_open_files_than_are_followed_break_nothing)
{
    conversation all = began();
    const auto most = static_cast<std::uint32_t>(files::sftp_observer::most_files);
    for (std::uint32_t i = 0; i <= most; ++i)
        all.open(i, "f" + std::to_string(i), put_flags, number32(i));
    all.write(1, number32(most), 0, hello).write(2, number32(0), 0, hello).close(3, number32(0));
    const auto passed = followed(all);
    BOOST_REQUIRE(passed.size() == most + 2U);
    BOOST_TEST(told_of(passed)[0] == "put f" + std::to_string(most) +
                                         " incomplete (too many files are open: its content is "
                                         "not followed)");
    BOOST_TEST(told_of(passed)[1] == "put f0 6 5891b5b5");
    BOOST_TEST(passed.back().size == hello.size());
}

BOOST_AUTO_TEST_CASE(long_names_and_unanswered_requests_are_bounded)
{
    conversation names = began();
    for (std::uint32_t i = 0; i < 30; ++i)
        names.ask(sftp::remove, i, text32(std::string(200'000, 'n')));
    check_not_understood(names, "too many requests");
    conversation requests = began();
    const auto most = static_cast<std::uint32_t>(files::sftp_observer::most_requests);
    for (std::uint32_t i = 0; i <= most; ++i) requests.ask(17, i, text32("x"));
    check_not_understood(requests, "too many requests");
}

BOOST_AUTO_TEST_CASE(what_changes_the_target_is_refused_where_uploads_are)
{
    const auto refused = [](const conversation& all) {
        const auto observer = files::observe_subsystem("sftp", {false, true});
        const auto told = told_of(followed(*observer, all));
        BOOST_TEST(observer->refusal() == "");
        BOOST_TEST(told.back().find(" incomplete refused") != std::string::npos, told.back());
        BOOST_TEST(told.back().ends_with(" ! copying files to the target is not permitted"));
        // What goes on is a request for an extension that there is not.
        auto goes_on = all.steps.back().second;
        for (const auto& each : observer->edits())
            goes_on.at(each.at) = static_cast<char>(each.value);
        BOOST_TEST(observer->edits().size() <= 2U);
        BOOST_TEST(goes_on.at(4) == static_cast<char>(sftp::extended));
        BOOST_TEST(goes_on.at(13) == '!');
        goes_on.at(4) = all.steps.back().second.at(4);
        goes_on.at(13) = all.steps.back().second.at(13);
        BOOST_TEST(goes_on == all.steps.back().second);
        // Where its beginning has gone on already, the session ends.
        const auto late = files::observe_subsystem("sftp", {false, true});
        followed(*late, all, 1);
        BOOST_TEST(late->refusal() == "copying files to the target is not permitted");
    };
    for (const auto flags : {2U, 4U, 8U, 16U, 3U, 26U})
        refused(began().ask(3, 1, text32("f") + number32(flags) + number32(0)));
    for (const int type : {sftp::remove, sftp::rmdir}) refused(began().ask(type, 1, text32("f")));
    for (const int type : {sftp::setstat, sftp::mkdir})
        refused(began().ask(type, 1, text32("f") + number32(0)));
    for (const int type : {sftp::rename, sftp::symlink})
        refused(began().ask(type, 1, text32("f") + text32("g")));
    refused(began().ask(6, 1, text32("h") + number64(0) + text32("x")));
    refused(began().ask(10, 1, text32("h") + number32(0)));
    for (const auto* name : {"posix-rename@openssh.com", "hardlink@openssh.com"})
        refused(began().ask(200, 1, text32(name) + text32("f") + text32("g")));
    refused(began().ask(200, 1, text32("lsetstat@openssh.com") + text32("f") + number32(0)));
    refused(began().ask(200, 1, text32("no-such@example.com")));
    refused(began().ask(200, 1,
        text32("copy-data") + text32("a") + number64(0) + number64(0) + text32("b") + number64(0)));
}

BOOST_AUTO_TEST_CASE(a_refused_request_is_answered_and_the_session_goes_on)
{
    const auto observer = files::observe_subsystem("sftp", {false, true});
    std::vector<files::file_passed> passed;
    const auto feed = [&](direction way, const std::string& bytes) {
        observer->feed(way, as_bytes(std::string_view(bytes)), passed);
    };
    conversation all = began();
    const auto first = all.steps.size();
    all.ask(sftp::remove, 1, text32("")).status(1, 8);
    all.open(2, "f", flag_read, "h").ask_read(3, "h", 0, 9).content(3, hello);
    all.ask_read(7, "h", 6, 9).status(7, 1).close(4, "h");
    all.write(5, "h", 0, "never").ask(sftp::remove, 6, text32("g")).status(6, 8);
    for (std::size_t i = 0; i < all.steps.size(); ++i) {
        feed(all.steps[i].first, all.steps[i].second);
        if (i == first) BOOST_TEST(observer->edits().size() == 1U); // a name without letters
        if (i == first + 1) {
            BOOST_TEST(observer->edits().size() == 4U);
            BOOST_TEST(observer->edits().back().at == 12U);
            BOOST_TEST((observer->edits().back().value == std::byte{3}));
        }
    }
    BOOST_TEST(observer->refusal() == "");
    observer->end(passed);
    const std::string refused =
        " incomplete refused ! copying files to the target is not permitted";
    BOOST_TEST(told_of(passed) == (lines{"remove " + refused, "get f 6 5891b5b5", "put " + refused,
                                      "remove g" + refused}),
        boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_refused_name_becomes_text_that_no_server_takes_offence_at)
{
    for (const std::string& name : {std::string(4, '\0'), std::string("\xc3\xa9t\xc3\xa9")}) {
        auto all = began();
        all.ask(6, 1, text32(name) + number64(0) + text32("x"));
        const auto observer = files::observe_subsystem("sftp", {false, true});
        followed(*observer, all);
        auto goes_on = all.steps.back().second;
        for (const auto& each : observer->edits())
            goes_on.at(each.at) = static_cast<char>(each.value);
        BOOST_TEST(goes_on.substr(13, name.size()) == (name[0] == '\0' ? "!!!!" : "!!t!!"));
        BOOST_TEST(
            goes_on.substr(13 + name.size()) == all.steps.back().second.substr(13 + name.size()));
    }
}

BOOST_AUTO_TEST_CASE(over_a_terminal_sftp_does_not_start_where_anything_is_refused)
{
    for (const auto& observer : {files::observe_subsystem("sftp", {false, true, true}),
             files::observe_command("/usr/lib/openssh/sftp-server", {true, false, true})})
        BOOST_TEST(!observer->refusal().empty());
    BOOST_TEST(files::observe_subsystem("sftp", {true, true, true})->refusal() == "");
    BOOST_TEST(files::observe_subsystem("sftp", {false, true, false})->refusal() == "");
}

BOOST_AUTO_TEST_CASE(a_target_that_does_what_was_refused_ends_the_session)
{
    conversation all = began();
    all.ask(sftp::open, 1, text32("f") + number32(put_flags) + number32(0));
    all.answer(sftp::handle, 1, text32("h"));
    const auto observer = files::observe_subsystem("sftp", {false, true});
    followed(*observer, all);
    BOOST_TEST(!observer->refusal().empty());
}

BOOST_AUTO_TEST_CASE(an_answer_in_pieces_is_changed_as_far_as_it_has_not_gone_on)
{
    conversation all = began();
    all.ask(sftp::remove, 1, text32("f"));
    conversation answer;
    answer.status(1, 8);
    const auto& bytes = answer.steps[0].second;
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
        const auto observer = files::observe_subsystem("sftp", {false, true});
        std::vector<files::file_passed> passed;
        for (const auto& [way, sent] : all.steps)
            observer->feed(way, as_bytes(std::string_view(sent)), passed);
        std::string shown;
        for (auto piece : {bytes.substr(0, cut), bytes.substr(cut)}) {
            observer->feed(direction::download, as_bytes(std::string_view(piece)), passed);
            for (const auto& each : observer->edits())
                piece.at(each.at) = static_cast<char>(each.value);
            shown += piece;
        }
        BOOST_TEST(shown.size() == bytes.size());
        BOOST_TEST(static_cast<int>(shown.at(12)) == (cut <= 12 ? 3 : 8), "cut at " << cut);
        BOOST_TEST(observer->refusal() == "");
    }
}

BOOST_AUTO_TEST_CASE(reading_is_refused_where_downloads_are_and_nothing_else)
{
    const files::permitted may{true, false};
    for (const auto flags : {0U, 1U, 3U, 8U, 4U}) {
        const auto all = began().ask(3, 1, text32("f") + number32(flags) + number32(0));
        const auto observer = files::observe_subsystem("sftp", may);
        BOOST_TEST(told_of(followed(*observer, all)) ==
                       lines{"get f incomplete refused ! copying files from the target is not "
                             "permitted"},
            boost::test_tools::per_element());
    }
    conversation all = began();
    all.open(1, "up", put_flags, "h").write(2, "h", 0, hello).close(3, "h");
    all.ask(17, 4, text32("up"))
        .answer(105, 4, number32(0))
        .ask(sftp::remove, 5, text32("up"))
        .status(5);
    BOOST_TEST(told_of(followed(all, std::string_view::npos, may)) ==
                   (lines{"put up 6 5891b5b5", "remove up"}),
        boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(downloads_go_on_where_uploads_are_refused)
{
    conversation all = began();
    all.open(1, "f", flag_read, "h").ask_read(2, "h", 0, 9).content(2, hello);
    all.ask_read(3, "h", 6, 9).status(3, 1).close(4, "h");
    BOOST_TEST(told_of(followed(all, 1, {false, true})) == lines{"get f 6 5891b5b5"},
        boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_request_before_the_version_is_refused_where_anything_is)
{
    conversation all;
    all.raw(direction::upload, packet(1, number32(3))).ask(sftp::remove, 1, text32("f"));
    const auto observer = files::observe_subsystem("sftp", {true, false});
    followed(*observer, all);
    BOOST_TEST(!observer->refusal().empty());
}

BOOST_AUTO_TEST_SUITE_END()
