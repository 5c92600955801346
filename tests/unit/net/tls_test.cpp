#include "stream_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <openssl/ssl.h>

using namespace verbatim;
using namespace verbatim::test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(net_tls, tls_fixture)

BOOST_AUTO_TEST_CASE(a_client_without_certificate_is_let_in_nameless)
{
    const auto ends = shake_hands();
    BOOST_REQUIRE(ends.both());
    BOOST_TEST(ends.accepted->peer.common_name == "");
    BOOST_TEST(ends.accepted->peer.server_name == "web1");
}

BOOST_AUTO_TEST_CASE(the_server_name_is_in_lower_case_and_absent_for_an_address)
{
    server_name = "WEB1";
    BOOST_TEST(shake_hands().accepted->peer.server_name == "web1");
    server_name = "127.0.0.1";
    BOOST_TEST(shake_hands().accepted->peer.server_name == "");
}

BOOST_AUTO_TEST_CASE(a_user_certificate_tells_name_groups_serial_and_end)
{
    use_client_certificate(
        user({.name = "alice", .organisations = {"dev", "ops"}, .purpose = "clientAuth"}));
    const auto ends = shake_hands();
    BOOST_REQUIRE(ends.both());
    const auto& peer = ends.accepted->peer;
    BOOST_TEST(peer.common_name == "alice");
    BOOST_TEST(peer.organisations == (std::vector<std::string>{"dev", "ops"}),
        boost::test_tools::per_element());
    BOOST_TEST(peer.serial == "ABCDEF0123456789");
    const auto left = peer.not_after - std::chrono::system_clock::now();
    BOOST_TEST((left > 50min && left < 61min));
}

BOOST_AUTO_TEST_CASE(client_certificates_that_prove_nothing_fail_the_handshake)
{
    const made_certificate stranger_ca({.name = "user CA", .is_ca = true});
    const made_certificate refused[] = {
        made_certificate({.name = "alice"}, &stranger_ca), // another CA of the same name
        made_certificate({.name = "alice"}),               // nobody's
        user({.name = "alice", .purpose = "serverAuth"}),
        user({.name = "alice", .from_seconds = -100, .until_seconds = -50}),
        user({.name = "alice", .from_seconds = 1000}),
        user({.name = std::string("alice\0.evil", 11)}),
        user({.name = "alice\n"}),
        user({.name = "alice\x7f"}),
        user({.name = ""}),
        user({.name = "alice", .organisations = {"a\tb"}}),
        user({.name = "alice", .organisations = {std::string("\0", 1)}}),
    };
    int at = 0;
    for (const auto& each : refused) {
        BOOST_TEST_CONTEXT("certificate " << at++)
        {
            use_client_certificate(each);
            const auto ends = shake_hands();
            BOOST_TEST((ends.accepted.has_error() && ends.accepted.error() == errc::malformed));
            // TLS 1.3's client ends its handshake before it is judged; the alert comes after.
            if (ends.connected)
                BOOST_TEST((run(read_up_to(**ends.connected, 1)).second == errc::malformed));
        }
    }
}

BOOST_AUTO_TEST_CASE(certificates_are_not_asked_for_without_a_client_ca)
{
    server_settings.client_ca.clear();
    use_client_certificate(made_certificate({.name = "alice"}));
    const auto ends = shake_hands();
    BOOST_REQUIRE(ends.both());
    BOOST_TEST(ends.accepted->peer.common_name == "");
}

BOOST_AUTO_TEST_CASE(a_server_of_another_ca_is_refused)
{
    client_settings.ca = user_ca.pem();
    const auto ends = shake_hands();
    BOOST_TEST((ends.connected.error() == errc::target_unreachable));
    BOOST_TEST(why.find("certificate") != std::string::npos, why);
    BOOST_TEST(ends.accepted.has_error());
    client_settings.verify = false;
    BOOST_TEST(shake_hands().both());
}

BOOST_AUTO_TEST_CASE(a_server_of_another_name_is_refused)
{
    for (const auto* name : {"web2", "127.0.0.2", "eb1", "x"}) {
        server_name = name;
        BOOST_TEST((shake_hands().connected.error() == errc::target_unreachable));
        BOOST_TEST(why.find("is not for " + server_name) != std::string::npos, why);
    }
    server_name = "";
    BOOST_TEST((shake_hands().connected.error() == errc::target_unreachable));
}

BOOST_AUTO_TEST_CASE(a_certificate_given_as_ca_is_trusted_for_itself)
{
    client_settings.ca = server.pem();
    BOOST_TEST(shake_hands().both());
}

BOOST_AUTO_TEST_CASE(a_silent_peer_runs_into_the_deadline)
{
    auto [client, server_side] = sockets();
    auto accepting = net::tls_accept(std::move(server_side), server_context(), 1ms);
    BOOST_TEST((run(std::move(accepting)).error() == errc::timed_out));
    auto [again, silent] = sockets();
    auto connecting = net::tls_connect(std::move(again), client_context(), "web1", 1ms, why);
    BOOST_TEST((run(std::move(connecting)).error() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(a_peer_that_goes_away_ends_the_handshake)
{
    auto [client, server_side] = sockets();
    client.close();
    auto accepting = net::tls_accept(std::move(server_side), server_context(), 10s);
    BOOST_TEST((run(std::move(accepting)).error() == errc::closed));
}

BOOST_AUTO_TEST_CASE(plain_http_gets_a_plain_answer)
{
    auto [client, server_side] = sockets();
    client.send(asio::buffer("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27));
    auto accepting = net::tls_accept(std::move(server_side), server_context(), 10s);
    BOOST_TEST((run(std::move(accepting)).error() == errc::malformed));
    auto stream = net::make_tcp_stream(std::move(client));
    const auto [bytes, error] = run(read_up_to(*stream, 1000));
    BOOST_TEST(as_text(bytes).starts_with("HTTP/1.0 400 "));
    BOOST_TEST((error == errc::closed));
}

BOOST_AUTO_TEST_CASE(noise_is_refused)
{
    for (const std::size_t size : {1, 5, 300, 20'000}) {
        auto [client, server_side] = sockets();
        auto noise = pattern(size);
        noise[0] = std::byte{0x16};
        client.send(asio::buffer(noise));
        client.shutdown(tcp::socket::shutdown_send);
        auto accepting = net::tls_accept(std::move(server_side), server_context(), 10s);
        BOOST_TEST(run(std::move(accepting)).has_error());
    }
}

BOOST_AUTO_TEST_CASE(damaged_records_end_the_stream)
{
    auto [client, server_side] = sockets();
    const int raw = client.native_handle();
    const auto accepting = start(net::tls_accept(std::move(server_side), server_context(), 10s));
    const auto connecting =
        start(net::tls_connect(std::move(client), client_context(), "web1", 10s, why));
    BOOST_REQUIRE(run(connecting).has_value());
    BOOST_REQUIRE(run(accepting).has_value());
    const char record[] = "\x17\x03\x03\x00\x20 these 32 bytes are no ciphertext";
    BOOST_REQUIRE(::send(raw, record, 37, 0) == 37);
    auto& stream = *run(accepting)->stream;
    BOOST_TEST((run(read_up_to(stream, 1)).second == errc::malformed));
    BOOST_TEST((run(write(stream, std::string("x"))).error() == errc::malformed));
}

BOOST_AUTO_TEST_CASE(an_end_without_goodbye_is_an_end)
{
    auto [client, server_side] = sockets();
    const int raw = client.native_handle();
    const auto accepting = start(net::tls_accept(std::move(server_side), server_context(), 10s));
    const auto connecting =
        start(net::tls_connect(std::move(client), client_context(), "web1", 10s, why));
    BOOST_REQUIRE(run(connecting).has_value());
    BOOST_REQUIRE(run(accepting).has_value());
    BOOST_REQUIRE(run(write(**run(connecting), std::string("bye"))).has_value());
    ::shutdown(raw, SHUT_WR);
    const auto [bytes, error] = run(read_up_to(*run(accepting)->stream, 10));
    BOOST_TEST(as_text(bytes) == "bye");
    BOOST_TEST((error == errc::closed));
}

BOOST_AUTO_TEST_CASE(settings_that_do_not_fit_are_named)
{
    const auto fault = [&] {
        std::string text;
        return net::make_tls_server_context(server_settings, text) ? "" : text;
    };
    BOOST_TEST(fault() == "");
    server_settings.private_key = secret(user_ca.key_pem());
    BOOST_TEST(fault().starts_with("private key: it does not belong"));
    server_settings.private_key = secret("nothing");
    BOOST_TEST(fault() == "private key: there is no PEM private key in it");
    server_settings.private_key = secret(server.key_pem());
    server_settings.client_ca = "nothing";
    BOOST_TEST(fault() == "client CA: there is no PEM certificate in it");
    server_settings.certificate_chain =
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    BOOST_TEST(fault().starts_with("certificate: not a certificate"));
    std::string text;
    client_settings.ca = "nothing";
    BOOST_TEST(net::make_tls_client_context(client_settings, text).has_error());
    BOOST_TEST(text == "CA: there is no PEM certificate in it");
}

BOOST_AUTO_TEST_SUITE_END()
