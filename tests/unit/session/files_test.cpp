// Files that pass through sessions over SSH: what is told of them, and what ends a session.

#include "../files/sftp_samples.hpp"
#include "session_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace verbatim;
using namespace verbatim::test;
using net::data_stream;
using wire::stream_tag;

const std::string hello = "hello\n";
const std::string digest = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
constexpr std::uint32_t put_flags = 26;

struct files_fixture : session_fixture {
    void begin_sftp()
    {
        client.play(net::start_event{net::start_kind::subsystem, "sftp"});
        start();
    }
    void pass(const conversation& all)
    {
        for (const auto& [way, bytes] : all.steps)
            way == files::direction::upload ? type(bytes) : answer(bytes);
    }
    std::vector<wire::sftp> sftp() const { return audit.log.all<wire::sftp>(); }
    std::vector<wire::file_transfer> scp() const { return audit.log.all<wire::file_transfer>(); }
};

conversation upload()
{
    conversation all;
    return all.begin()
        .open(1, "a", put_flags, "h", mode_0640)
        .write(2, "h", 0, hello)
        .close(3, "h");
}

conversation removal() { return conversation().ask(13, 9, text32("gone")).status(9, 3); }

} // namespace

BOOST_FIXTURE_TEST_SUITE(session_files, files_fixture)

BOOST_AUTO_TEST_CASE(an_sftp_session_tells_its_files)
{
    begin_sftp();
    pass(upload());
    pass(removal());
    leave();
    BOOST_REQUIRE(sftp().size() == 2U);
    const auto file = sftp()[0];
    BOOST_TEST((file.action == wire::sftp_action::open));
    BOOST_TEST(file.path == "a");
    BOOST_TEST(file.sha256 == digest);
    BOOST_TEST(file.len == hello.size());
    BOOST_TEST(file.mode == 0640U);
    BOOST_TEST(file.attributes.permissions.value() == 0100640U);
    BOOST_TEST(file.upload);
    BOOST_TEST((file.header.session == audit.log.all<wire::session_start>().at(0).header.session));
    BOOST_TEST(sftp()[1].error == "permission denied");
    BOOST_TEST(client.notices.empty());
}

BOOST_AUTO_TEST_CASE(an_scp_command_tells_its_files_even_with_a_terminal)
{
    client.play(net::pty_event{"xterm", 80, 24});
    begin_exec("scp -t /srv");
    answer(std::string(1, '\0'));
    type("C0644 6 a\n");
    answer(std::string(1, '\0'));
    type(hello + '\0');
    answer(std::string(1, '\0'));
    leave();
    BOOST_REQUIRE(scp().size() == 1U);
    BOOST_TEST(scp()[0].sha256 == digest);
    BOOST_TEST(scp()[0].command == "scp -t /srv");
}

BOOST_AUTO_TEST_CASE(other_commands_and_subsystems_have_none)
{
    begin_exec("scp -t /srv; sh");
    type("C0644 6 a\n");
    leave();
    BOOST_TEST(scp().empty());
    files_fixture other;
    other.client.play(net::start_event{net::start_kind::subsystem, "netconf"});
    other.start();
    other.pass(upload());
    other.leave();
    BOOST_TEST(other.sftp().empty());
}

BOOST_AUTO_TEST_CASE(a_command_that_is_not_permitted_does_not_reach_the_target)
{
    facts.file_upload = false;
    begin_exec("scp -t /srv");
    BOOST_TEST(target.delivered.empty());
    BOOST_REQUIRE(client.notices.size() == 1U);
    BOOST_TEST(client.notices[0] == "copying files to the target is not permitted");
    BOOST_REQUIRE(scp().size() == 1U);
    BOOST_TEST(scp()[0].refused);
    BOOST_TEST(scp()[0].header.session.is_nil());
    BOOST_TEST(audit.log.all<wire::session_start>().empty());
    BOOST_TEST(audit.log.all<wire::session_reject>().at(0).reason == client.notices[0]);
    leave();
    BOOST_TEST(audit.log.all<wire::session_end>().empty());
}

BOOST_AUTO_TEST_CASE(a_request_that_is_not_permitted_does_not_reach_the_target)
{
    facts.file_upload = false;
    begin_sftp();
    pass(conversation().begin());
    const auto before = target.received(data_stream::input);
    const auto asked = removal().steps[0].second;
    type(asked);
    auto unknown = asked;
    unknown[4] = '\xc8'; // an extension
    unknown[13] = '!';   // that there is not
    BOOST_TEST(target.received(data_stream::input) == before + unknown);
    BOOST_TEST(recorded(stream_tag::standard_input) == before + asked);
    BOOST_REQUIRE(client.notices.size() == 1U);
    BOOST_TEST(client.notices[0] == "copying files to the target is not permitted");
    const auto shown = client.received(data_stream::output);
    conversation unsupported, denied;
    unsupported.status(9, 8);
    denied.status(9, 3);
    answer(unsupported.steps[0].second);
    BOOST_TEST(client.received(data_stream::output) == shown + denied.steps[0].second);
    type(asked.substr(0, 9)); // and one in pieces
    type(asked.substr(9));
    leave();
    BOOST_REQUIRE(sftp().size() == 2U);
    BOOST_TEST(sftp()[0].refused);
    BOOST_TEST(sftp()[1].refused);
    BOOST_TEST(end_event().reason == client.notices[0]);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_ends_a_session_only_where_something_is_not_permitted)
{
    begin_sftp();
    type("this is not sftp");
    BOOST_TEST(target.received(data_stream::input) == "this is not sftp");
    leave();
    BOOST_REQUIRE(sftp().size() == 1U);
    BOOST_TEST(!sftp()[0].complete);

    files_fixture strict;
    strict.facts.file_download = false;
    strict.begin_sftp();
    strict.type("this is not sftp");
    BOOST_TEST(strict.target.received(data_stream::input).empty());
    BOOST_TEST(strict.client.notices.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
