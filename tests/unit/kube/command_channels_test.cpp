#include "channel_fixture.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace verbatim::test {

namespace {

namespace data = boost::unit_test::data;

const auto transports = data::make({transport::spdy, transport::websocket});
const std::string success = wire::remote_command::success_status();

void whole_command(channel_fixture& f, transport how)
{
    f.connect(how);
    BOOST_TEST(f.send(*f.client, channel::input, "typed"));
    BOOST_TEST(f.end(*f.client, channel::input));
    BOOST_TEST(f.send(*f.client, channel::input, "late"));
    const auto first = f.run(pull(*f.server));
    std::string typed = first.text;
    while (typed.size() < 5) typed += f.run(pull(*f.server)).text;
    BOOST_TEST(typed == "typed");
    const auto end = f.run(pull(*f.server));
    BOOST_TEST((end.which == channel::input && end.end && end.text.empty()));

    BOOST_TEST(f.send(*f.server, channel::output, "out"));
    BOOST_TEST(f.send(*f.server, channel::error, "err"));
    BOOST_TEST(f.send(*f.server, channel::status, success.substr(0, 10)));
    BOOST_TEST(f.send(*f.server, channel::status, success.substr(10)));
    const auto finished = f.start(done_after(f.server->finish()));
    const auto all = f.run(pull_all(*f.client));
    BOOST_TEST(text_of(all, channel::output) == "out");
    BOOST_TEST(text_of(all, channel::error) == "err");
    BOOST_TEST(text_of(all, channel::status) == success);
    BOOST_TEST((all.back().which == channel::close && !all.back().error));
    f.client->close();
    BOOST_TEST(f.run(finished));
}

} // namespace

BOOST_AUTO_TEST_SUITE(command_channels)

BOOST_DATA_TEST_CASE(a_command_runs_to_its_end, transports, how)
{
    channel_fixture f;
    whole_command(f, how);
}

BOOST_DATA_TEST_CASE(a_command_runs_to_its_end_byte_by_byte, transports, how)
{
    channel_fixture f;
    f.near->split_reads(1);
    f.far->split_reads(1);
    whole_command(f, how);
}

BOOST_DATA_TEST_CASE(bulk_passes_both_ways_unchanged, transports, how)
{
    channel_fixture f;
    f.connect(how);
    f.near->limit_unread(10'000);
    f.far->limit_unread(10'000);
    std::string text(1 << 20, 'x');
    for (std::size_t i = 0; i < text.size(); i += 7) text[i] = static_cast<char>(i / 7);
    for (auto [from, to, which] : {std::tuple{f.client.get(), f.server.get(), channel::input},
             std::tuple{f.server.get(), f.client.get(), channel::output}}) {
        const auto sent = f.start(from->send(which, as_bytes(text)));
        std::string came;
        while (came.size() < text.size()) came += f.run(pull(*to)).text;
        BOOST_TEST((came == text));
        BOOST_TEST(f.run(sent).has_value());
    }
}

BOOST_DATA_TEST_CASE(a_peer_that_does_not_read_stops_the_sender, transports, how)
{
    channel_fixture f;
    f.connect(how);
    f.near->limit_unread(1000);
    const std::string piece(64 * 1024, 'x');
    std::size_t taken = 0;
    for (; taken < 20; ++taken) {
        const auto sent = f.start(f.server->send(channel::output, as_bytes(piece)));
        f.run_ready();
        if (!*sent) {
            f.server->close();
            f.run_ready();
            BOOST_TEST((*sent && !**sent));
            break;
        }
    }
    BOOST_TEST(taken >= 3);
    BOOST_TEST(taken <= 4);
}

BOOST_DATA_TEST_CASE(input_for_nobody_does_not_wait, transports, how)
{
    channel_fixture f;
    f.connect(how);
    f.far->limit_unread(1000);
    const std::string text(1 << 20, 'x');
    const auto stuck = f.start(f.client->send(channel::input, as_bytes(text)));
    f.run_ready();
    BOOST_TEST(!*stuck);
    BOOST_TEST(f.send(*f.server, channel::status, success));
    const auto finished = f.start(done_after(f.server->finish()));
    const auto all = f.run(pull_all(*f.client));
    BOOST_TEST(text_of(all, channel::status) == success);
    BOOST_TEST(f.run(stuck).has_value());
    f.client->close();
    f.run(finished);
}

BOOST_DATA_TEST_CASE(close_wakes_whoever_reads, transports, how)
{
    channel_fixture f;
    f.connect(how);
    const auto pulling = f.start(pull(*f.server));
    f.run_ready();
    BOOST_TEST(!*pulling);
    f.server->close();
    BOOST_TEST((f.run(pulling).error == errc::cancelled));
    BOOST_TEST((f.run(pull(*f.client)).error == errc::closed));
}

BOOST_DATA_TEST_CASE(a_peer_that_vanishes_is_no_orderly_end, transports, how)
{
    channel_fixture f;
    f.connect(how);
    BOOST_TEST(f.send(*f.client, channel::input, "typed"));
    f.run_ready();
    f.far->end();
    const auto all = f.run(pull_all(*f.server));
    BOOST_TEST(text_of(all, channel::input) == "typed");
    BOOST_TEST((all.back().error == errc::closed));
}

BOOST_DATA_TEST_CASE(a_client_that_says_goodbye_is_told_apart, transports, how)
{
    channel_fixture f;
    f.connect(how);
    const auto finished = f.start(done_after(f.client->finish()));
    const auto all = f.run(pull_all(*f.server));
    BOOST_TEST((all.back().which == channel::close && !all.back().error));
    f.server->close();
    f.run(finished);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace verbatim::test
