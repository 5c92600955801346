#include "ssh/global_requests.hpp"

#include <verbatim/wire/ssh_connection.hpp>

#include <boost/test/unit_test.hpp>

namespace verbatim::test {

using ssh::global_requests;
using answer_for = global_requests::answer_for;
namespace ws = wire::ssh;

namespace {

ws::global_request listen(std::uint32_t port, std::string_view address = "localhost")
{
    return {true, ws::tcpip_forward{address, port}};
}
ws::global_request stop_listening(std::uint32_t port)
{
    return {true, ws::cancel_tcpip_forward{"localhost", port}};
}
bool expects(const global_requests& globals, std::uint32_t port)
{
    return globals.expects(ws::forwarded_tcpip_channel{"localhost", port, "127.0.0.1", 1});
}

} // namespace

BOOST_AUTO_TEST_SUITE(global_request_order)

BOOST_AUTO_TEST_CASE(a_listener_is_known_once_it_is_granted)
{
    global_requests globals;
    BOOST_TEST(globals.passed_on(listen(8080)));
    BOOST_TEST(!expects(globals, 8080));
    BOOST_TEST((globals.answered(true, {}) == answer_for::client));
    BOOST_TEST(expects(globals, 8080));
    BOOST_TEST(!expects(globals, 8081));

    BOOST_TEST(globals.passed_on(stop_listening(8080)));
    BOOST_TEST((globals.answered(false, {}) == answer_for::client));
    BOOST_TEST(expects(globals, 8080));
    BOOST_TEST(globals.passed_on(stop_listening(8080)));
    BOOST_TEST((globals.answered(true, {}) == answer_for::client));
    BOOST_TEST(!expects(globals, 8080));
}

BOOST_AUTO_TEST_CASE(listening_ends_without_an_answer_too)
{
    global_requests globals;
    BOOST_TEST(globals.passed_on(listen(8080)));
    BOOST_TEST((globals.answered(true, {}) == answer_for::client));
    const ws::global_request end{false, ws::cancel_tcpip_forward{"localhost", 8080}};
    BOOST_TEST(globals.may_pass(end));
    BOOST_TEST(globals.passed_on(end));
    BOOST_TEST(!expects(globals, 8080));
    BOOST_TEST((globals.answered(true, {}) == answer_for::nobody)); // none is owed
}

BOOST_AUTO_TEST_CASE(what_the_target_listens_to_is_told_once)
{
    global_requests globals;
    BOOST_TEST(globals.passed_on(listen(0)));
    BOOST_TEST(!globals.take_change().has_value());
    byte_buffer port{std::byte{0}, std::byte{0}, std::byte{0x1f}, std::byte{0x90}};
    BOOST_TEST((globals.answered(true, port) == answer_for::client));
    const auto granted = globals.take_change();
    BOOST_TEST_REQUIRE(granted.has_value());
    BOOST_TEST(granted->listens);
    BOOST_TEST(granted->where.address == "localhost");
    BOOST_TEST(granted->where.port == 8080u);
    BOOST_TEST(!globals.take_change().has_value());

    BOOST_TEST(globals.passed_on(listen(9090)));
    BOOST_TEST((globals.answered(false, {}) == answer_for::client));
    BOOST_TEST(!globals.take_change().has_value());

    const ws::global_request end{false, ws::cancel_tcpip_forward{"localhost", 8080}};
    BOOST_TEST(globals.passed_on(end));
    const auto ended = globals.take_change();
    BOOST_TEST_REQUIRE(ended.has_value());
    BOOST_TEST(!ended->listens);
    BOOST_TEST(globals.passed_on(end)); // of nothing
    BOOST_TEST(!globals.take_change().has_value());
}

BOOST_AUTO_TEST_CASE(a_refused_listener_is_not_known)
{
    global_requests globals;
    BOOST_TEST(globals.passed_on(listen(8080)));
    BOOST_TEST((globals.answered(false, {}) == answer_for::client));
    BOOST_TEST(!expects(globals, 8080));
}

BOOST_AUTO_TEST_CASE(the_target_chooses_port_0)
{
    global_requests globals;
    BOOST_TEST(globals.passed_on(listen(0)));
    const std::byte port[] = {std::byte{0}, std::byte{0}, std::byte{0x9c}, std::byte{0x40}};
    BOOST_TEST((globals.answered(true, port) == answer_for::client));
    BOOST_TEST(expects(globals, 40000));

    BOOST_TEST(globals.passed_on(listen(0)));
    BOOST_TEST(
        (globals.answered(true, {}) == answer_for::nobody)); // without a port it is no answer
}

BOOST_AUTO_TEST_CASE(paths_are_matched_whole)
{
    global_requests globals;
    BOOST_TEST(globals.passed_on({true, ws::streamlocal_forward{"/run/a"}}));
    BOOST_TEST((globals.answered(true, {}) == answer_for::client));
    BOOST_TEST(globals.expects(ws::forwarded_streamlocal_channel{"/run/a", ""}));
    BOOST_TEST(!globals.expects(ws::forwarded_streamlocal_channel{"/run/ab", ""}));
    BOOST_TEST(!expects(globals, 0));
    BOOST_TEST(globals.passed_on({true, ws::cancel_streamlocal_forward{"/run/a"}}));
    BOOST_TEST((globals.answered(true, {}) == answer_for::client));
    BOOST_TEST(!globals.expects(ws::forwarded_streamlocal_channel{"/run/a", ""}));
}

BOOST_AUTO_TEST_CASE(answers_go_in_the_order_of_the_questions)
{
    global_requests globals;
    globals.asked_target();
    BOOST_TEST(globals.passed_on(listen(1)));
    BOOST_TEST(globals.refused()); // behind the answer that is still owed
    BOOST_TEST(!globals.take_due());
    globals.asked_target();
    BOOST_TEST((globals.answered(false, {}) == answer_for::proxy));
    BOOST_TEST(!globals.take_due());
    BOOST_TEST((globals.answered(true, {}) == answer_for::client));
    BOOST_TEST(globals.take_due());
    BOOST_TEST(!globals.take_due());
    BOOST_TEST((globals.answered(false, {}) == answer_for::proxy));
    BOOST_TEST((globals.answered(true, {}) == answer_for::nobody));
}

BOOST_AUTO_TEST_CASE(only_forwards_pass_and_not_too_many)
{
    global_requests globals;
    BOOST_TEST(!globals.may_pass({true, ws::keepalive_request{}}));
    BOOST_TEST(!globals.may_pass({true, ws::unknown_detail{"x", {}}}));
    BOOST_TEST(!globals.may_pass({false, ws::tcpip_forward{"", 1}})); // who listens must be known
    for (std::uint32_t i = 1; i <= global_requests::max_listeners; ++i) {
        BOOST_TEST(globals.may_pass(listen(i)));
        BOOST_TEST(globals.passed_on(listen(i)));
        if (i % 2 == 0) BOOST_TEST((globals.answered(true, {}) == answer_for::client));
    }
    BOOST_TEST(!globals.may_pass(listen(1000)));
    BOOST_TEST(globals.may_pass(stop_listening(1)));
}

BOOST_AUTO_TEST_CASE(questions_without_an_answer_are_bounded)
{
    global_requests globals;
    std::size_t count = 0;
    while (count <= ssh::reply_order::limit && globals.refused()) ++count;
    BOOST_TEST(count == ssh::reply_order::limit);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace verbatim::test
