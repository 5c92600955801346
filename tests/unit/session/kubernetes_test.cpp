// What other protocols than SSH bring to a session: argument lists, attaching, failures, forwarded
// connections, and the files that pass through a command.

#include "session_fixture.hpp"

#include <verbatim/base/text.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdio>

namespace {

using namespace verbatim;
using namespace verbatim::test;
using net::data_stream;
using wire::stream_tag;

using words = std::vector<std::string>;

struct kubernetes_fixture : session_fixture {
    kubernetes_fixture() { facts.header.connection.protocol = "kube"; }

    void begin_exec_of(const words& arguments)
    {
        client.play(net::start_event{net::start_kind::exec, {}, arguments});
        start();
    }
    void begin_forward()
    {
        client.play(net::start_event{net::start_kind::forward, "port 8080"});
        start();
    }
    wire::session_start start_event() const { return audit.log.all<wire::session_start>().at(0); }
    std::vector<wire::file_transfer> files() const { return audit.log.all<wire::file_transfer>(); }
};

/// A ustar archive of one file and its end.
std::string tar_of(const std::string& name, const std::string& content)
{
    std::string header(512, '\0');
    const auto put = [&](std::size_t at, const std::string& text) {
        header.replace(at, text.size(), text);
    };
    std::array<char, 16> size{};
    std::snprintf(size.data(), size.size(), "%011zo", content.size());
    put(0, name);
    put(100, "0000644");
    put(124, size.data());
    put(148, "        ");
    put(156, "0");
    put(257, std::string("ustar\00000", 8));
    unsigned sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    std::array<char, 16> checksum{};
    std::snprintf(checksum.data(), checksum.size(), "%06o", sum);
    put(148, checksum.data());
    auto padded = content;
    padded.resize((content.size() + 511) / 512 * 512);
    return header + padded + std::string(1024, '\0');
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(kubernetes, kubernetes_fixture)

BOOST_AUTO_TEST_CASE(arguments_are_joined_as_a_shell_would_need_them)
{
    const words arguments = {"sh", "-c", "echo 'a b'; exit 3", "", "x=1", "$HOME", "\xff"};
    BOOST_TEST(
        shell_joined(arguments) == "sh -c 'echo '\\''a b'\\''; exit 3' '' x=1 '$HOME' '\xff'");
    BOOST_TEST(shell_joined(words{"x=1", "sh"}) == "'x=1' sh");
    BOOST_TEST(shell_joined({}).empty());
}

BOOST_AUTO_TEST_CASE(a_command_of_arguments_is_told_as_such)
{
    begin_exec_of({"sh", "-c", "exit 3"});
    answer("out");
    target.play(net::exit_status_event{3, "{}"});
    leave();
    BOOST_TEST(start_event().initial_command == (words{"sh", "-c", "exit 3"}));
    BOOST_TEST(store.only().start.initial_command == (words{"sh", "-c", "exit 3"}));
    BOOST_TEST(end_event().initial_command == (words{"sh", "-c", "exit 3"}));
    const auto exec = audit.log.all<wire::exec>().at(0);
    BOOST_TEST(exec.command == "sh -c 'exit 3'");
    BOOST_TEST(exec.exit_code == "3");
    BOOST_TEST(wire::code_of(exec) == "T3002I");
    BOOST_TEST(target.count<net::start_event>() == 1);
    BOOST_TEST(end_event().reason.empty());
}

BOOST_AUTO_TEST_CASE(long_arguments_stand_whole_in_the_recording)
{
    words arguments = {"sh", "-c", std::string(20'000, 'x')};
    arguments.resize(3000, "y");
    begin_exec_of(arguments);
    leave();
    BOOST_TEST(recorded(stream_tag::command) == shell_joined(arguments));
    const auto& cut = store.only().start.initial_command;
    BOOST_TEST(cut.size() == 3U);
    BOOST_TEST(cut.back().size() < 16U * 1024);
    BOOST_TEST((store.only().end->initial_command == cut));
    BOOST_TEST((start_event().initial_command == arguments));
}

BOOST_AUTO_TEST_CASE(many_empty_arguments_have_an_end_too)
{
    begin_exec_of(words(100'000));
    leave();
    BOOST_TEST(store.only().start.initial_command.size() < 5000U);
}

BOOST_AUTO_TEST_CASE(a_target_that_cannot_run_it_says_why)
{
    begin_exec_of({"nosuch"});
    target.play(net::failure_event{"executable file not found", {}});
    leave();
    const auto exec = audit.log.all<wire::exec>().at(0);
    BOOST_TEST(exec.exit_error == "executable file not found");
    BOOST_TEST(exec.exit_code.empty());
    BOOST_TEST(wire::code_of(exec) == "T3002E");
    BOOST_TEST(client.count<net::failure_event>() == 1);
    BOOST_TEST(end_event().reason == "executable file not found");
}

BOOST_AUTO_TEST_CASE(a_failure_s_words_are_bounded)
{
    begin_exec_of({"nosuch"});
    target.play(net::failure_event{std::string(1'000'000, '\xff'), {}});
    leave();
    BOOST_TEST(end_event().reason.size() <= 1024U);
}

BOOST_AUTO_TEST_CASE(a_target_that_fails_before_it_was_asked_is_not_heard)
{
    target.play(net::failure_event{"nobody asked", {}});
    start();
    BOOST_TEST(client.count<net::failure_event>() == 0);
    BOOST_TEST(client.is_closed());
}

BOOST_AUTO_TEST_CASE(ends_of_single_streams_pass_and_before_the_start_are_refused)
{
    begin_exec_of({"cat"});
    client.play(net::end_of_file_event{data_stream::input});
    target.play(net::end_of_file_event{data_stream::error});
    run_until_idle();
    answer("after the end of the other stream");
    leave();
    BOOST_TEST(client.count<net::end_of_file_event>() == 1);
    BOOST_TEST(recorded(stream_tag::standard_output) == "after the end of the other stream");

    kubernetes_fixture early;
    early.target.play(net::end_of_file_event{data_stream::output});
    early.start();
    BOOST_TEST(early.client.is_closed());
}

BOOST_AUTO_TEST_CASE(attaching_names_no_command)
{
    client.play(net::pty_event{"xterm", 80, 24});
    client.play(net::start_event{net::start_kind::attach, {}});
    start();
    answer("$ ");
    target.play(net::exit_status_event{0});
    leave();
    BOOST_TEST(audit.log.types() == (words{"session.start", "session.end", "session.data"}));
    BOOST_TEST(start_event().initial_command.empty());
    BOOST_TEST(end_event().interactive);
    BOOST_TEST(recorded(stream_tag::standard_output) == "$ ");
}

BOOST_AUTO_TEST_CASE(a_forwarded_connection_is_recorded_by_its_directions)
{
    begin_forward();
    type("GET /");
    answer("200 OK");
    leave();
    BOOST_TEST(audit.log.types() ==
               (words{"session.start", "port", "port", "session.end", "session.data"}));
    const auto ports = audit.log.all<wire::port_forward>();
    BOOST_TEST(wire::code_of(ports[0]) == "T3003I");
    BOOST_TEST(wire::code_of(ports[1]) == "T3003S");
    BOOST_TEST(ports[0].address == "port 8080");
    BOOST_TEST((ports[1].header.session == start_event().header.session));
    BOOST_TEST(recorded(stream_tag::forwarded_to_target) == "GET /");
    BOOST_TEST(recorded(stream_tag::forwarded_to_client) == "200 OK");
    BOOST_TEST(recorded(stream_tag::standard_output).empty());
    BOOST_TEST(end_event().reason.empty());
    BOOST_TEST(end_event().initial_command.empty());
    const auto data = audit.log.all<wire::session_data>().at(0);
    BOOST_TEST(data.bytes_received == 5);
    BOOST_TEST(data.bytes_transmitted == 6);
}

BOOST_AUTO_TEST_CASE(of_a_forwarded_connection_the_sizes_alone_where_so_configured)
{
    facts.record_forwarded = false;
    begin_forward();
    type("GET /");
    answer("200 OK");
    leave();
    BOOST_TEST(target.received(data_stream::input) == "GET /");
    BOOST_TEST(store.only().prints.empty());
    BOOST_TEST(audit.log.all<wire::session_data>().at(0).bytes_received == 5);
}

BOOST_AUTO_TEST_CASE(a_forwarded_connection_that_fails_says_why)
{
    begin_forward();
    target.play(net::failure_event{"connection refused", {}});
    leave();
    const auto failed = audit.log.all<wire::port_forward>().at(1);
    BOOST_TEST(wire::code_of(failed) == "T3003E");
    BOOST_TEST(failed.error == "connection refused");
    BOOST_TEST(end_event().reason == "connection refused");
}

BOOST_AUTO_TEST_CASE(ssh_inside_a_forwarded_connection_ends_it)
{
    for (const bool by_client : {true, false}) {
        kubernetes_fixture f;
        f.begin_forward();
        if (by_client) {
            f.type("SSH-2.0-OpenSSH");
            BOOST_TEST(f.target.received(data_stream::input).empty());
        } else {
            f.answer("SSH-2.0-OpenSSH");
            BOOST_TEST(f.client.received(data_stream::output).empty());
        }
        f.leave();
        BOOST_TEST(f.end_event().reason.find("inside a forward") != std::string::npos);
        const auto failed = f.audit.log.all<wire::port_forward>().at(1);
        BOOST_TEST(wire::code_of(failed) == "T3003E");
    }
}

BOOST_AUTO_TEST_CASE(ssh_inside_a_forwarded_connection_passes_where_so_configured)
{
    facts.ssh_in_forward = true;
    begin_forward();
    type("SSH-2.0-OpenSSH");
    BOOST_TEST(target.received(data_stream::input) == "SSH-2.0-OpenSSH");
    leave();
}

BOOST_AUTO_TEST_CASE(a_forwarded_x11_connection_has_its_own_event)
{
    facts.forwarded = session::forward_kind::x11;
    facts.originator = "127.0.0.1:5";
    begin_forward();
    leave();
    BOOST_TEST(audit.log.types() ==
               (words{"session.start", "x11-forward", "session.end", "session.data"}));
    BOOST_TEST(audit.log.all<wire::x11_forward>().at(0).originator == "127.0.0.1:5");
}

BOOST_AUTO_TEST_CASE(what_follows_an_exit_status_is_recorded_though_the_client_has_gone)
{
    begin_exec_of({"ls"});
    target.play(net::exit_status_event{0});
    run_until_idle();
    client.vanish();
    run_until_idle();
    BOOST_TEST(!target.is_closed());
    answer("last words");
    target.play(net::close_event{});
    run_until_idle();
    BOOST_TEST(over);
    BOOST_TEST(recorded(stream_tag::standard_output) == "last words");
    BOOST_TEST(end_event().reason.empty());
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_after_the_exit_status_does_not_keep_a_silent_target)
{
    close_deadline = std::chrono::milliseconds{0};
    begin_exec_of({"ls"});
    target.play(net::exit_status_event{0});
    client.vanish();
    loop.restart();
    loop.run();
    BOOST_TEST(over);
    BOOST_TEST(target.is_closed());
    BOOST_TEST(end_event().reason.empty());
}

BOOST_AUTO_TEST_CASE(a_session_has_the_id_that_was_given_to_it)
{
    facts.id = *session_id::parse("7d0c3a52-6f0e-4c1b-9b61-2f6c1a9e8b10");
    begin_exec_of({"ls"});
    leave();
    BOOST_TEST((start_event().header.session == facts.id));
    BOOST_TEST((store.only().start.header.session == facts.id));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_uploaded_is_told)
{
    begin_exec_of({"tar", "-xmf", "-", "-C", "/srv"});
    client.split(100);
    type(tar_of("app.conf", "hello\n"));
    client.play(net::end_of_file_event{data_stream::input});
    target.play(net::exit_status_event{0});
    leave();
    BOOST_REQUIRE(files().size() == 1U);
    const auto file = files()[0];
    BOOST_TEST(file.path == "app.conf");
    BOOST_TEST(file.upload);
    BOOST_TEST(file.complete);
    BOOST_TEST(file.len == 6);
    BOOST_TEST(file.mode == 0644U);
    BOOST_TEST(file.kind == "file");
    BOOST_TEST(file.sha256 == "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
    BOOST_TEST(file.command == "tar -xmf - -C /srv");
    BOOST_TEST((file.header.session == start_event().header.session));
    BOOST_TEST((recorded(stream_tag::standard_input) == tar_of("app.conf", "hello\n")));
}

BOOST_AUTO_TEST_CASE(a_download_that_is_cut_off_is_told_as_incomplete)
{
    begin_exec_of({"tar", "cf", "-", "big"});
    answer(tar_of("big", std::string(5000, 'x')).substr(0, 512 + 1000));
    target.vanish();
    run_until_idle();
    BOOST_REQUIRE(files().size() == 1U);
    BOOST_TEST(!files()[0].upload);
    BOOST_TEST(!files()[0].complete);
    BOOST_TEST(files()[0].len == 1000);
}

BOOST_AUTO_TEST_CASE(other_commands_and_terminals_have_no_files)
{
    begin_exec_of({"cat"});
    type(tar_of("app.conf", "hello\n"));
    leave();
    BOOST_TEST(files().empty());

    kubernetes_fixture terminal;
    terminal.client.play(net::pty_event{"xterm", 80, 24});
    terminal.begin_exec_of({"tar", "xf", "-"});
    terminal.type(tar_of("app.conf", "hello\n"));
    terminal.leave();
    BOOST_TEST(terminal.files().empty());
}

BOOST_AUTO_TEST_CASE(a_flood_of_files_waits_for_the_log)
{
    begin_exec_of({"tar", "xf", "-"});
    audit.log.stall();
    auto archive = tar_of("small", "");
    archive.resize(512);
    for (int i = 0; i < 2000; ++i) client.play_data(data_stream::input, archive);
    run_until_idle();
    BOOST_TEST(files().size() == 1023U);
    audit.log.release();
    run_until_idle();
    leave();
    BOOST_TEST(files().size() == 2000U);
}

BOOST_AUTO_TEST_CASE(every_start_has_an_end_whatever_fails)
{
    const auto count = for_each_failure([](fail_point& point) {
        session_fixture fix(point);
        const words arguments = {"tar", "xf", "-"};
        fix.client.play(net::start_event{net::start_kind::exec, {}, arguments});
        fix.start();
        fix.type(tar_of("a", "b"));
        fix.target.play(net::exit_status_event{0});
        fix.leave();
        fix.client.vanish();
        fix.target.vanish();
        fix.run_until_idle();
        BOOST_TEST_CONTEXT("call " << point.at())
        {
            BOOST_TEST(fix.over);
            BOOST_TEST((fix.audit.log.every_start_has_an_end() || fix.audit.refused_an_end));
        }
    });
    BOOST_TEST(count > 10);
}

BOOST_AUTO_TEST_SUITE_END()
