// Two engines back to back, without a socket.

#include "engine_pair.hpp"

#include <verbatim/ssh/user_certificate.hpp>
#include <verbatim/wire/ssh_connection.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace {

using namespace verbatim;
using namespace verbatim::test;
namespace ws = wire::ssh;
namespace data = boost::unit_test::data;

const std::vector<std::string> exchanges{"mlkem768x25519-sha256", "sntrup761x25519-sha512",
    "sntrup761x25519-sha512@openssh.com", "curve25519-sha256", "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521"};
const std::vector<std::string> ciphers{"aes128-gcm@openssh.com", "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr"};

std::string data_message(std::size_t size, char fill = 'd')
{
    byte_buffer out;
    const std::string bytes(size, fill);
    ws::encode(out, ws::channel_data{ws::channel_number{7}, as_bytes(bytes)});
    return std::string(as_text(out));
}

std::string nth_message(std::size_t n)
{
    return data_message(n % 5000 + 1, static_cast<char>('a' + n % 26));
}

} // namespace

BOOST_AUTO_TEST_SUITE(engines)

BOOST_DATA_TEST_CASE(each_offered_key_exchange_completes, data::make(exchanges), kex)
{
    engine_pair pair(kex);
    BOOST_TEST(pair.open());
    BOOST_TEST(pair.client->send(data_message(100)));
    pair.run();
    BOOST_REQUIRE(pair.server->messages.size() == 1);
    BOOST_TEST((pair.server->messages[0] == data_message(100)));
}

BOOST_DATA_TEST_CASE(each_offered_cipher_carries_both_ways, data::make(ciphers), cipher)
{
    engine_pair pair("curve25519-sha256", cipher);
    pair.piece = 1;
    BOOST_REQUIRE(pair.open());
    for (const std::size_t size : {1u, 100u, 5000u, 32768u}) {
        BOOST_TEST(pair.client->send(data_message(size)));
        BOOST_TEST(pair.server->send(data_message(size, 'u')));
        pair.run();
        BOOST_REQUIRE(pair.server->messages.size() == 1);
        BOOST_REQUIRE(pair.client->messages.size() == 1);
        BOOST_TEST((pair.server->messages[0] == data_message(size)));
        BOOST_TEST((pair.client->messages[0] == data_message(size, 'u')));
        pair.server->messages.clear();
        pair.client->messages.clear();
    }
}

BOOST_DATA_TEST_CASE(each_host_key_type_is_shown_to_the_client,
    data::make({"ed25519", "rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384"}), type)
{
    const auto key = std::move(*ssh::generate_key(type, "host"));
    engine_pair pair({}, {}, &key);
    BOOST_REQUIRE(pair.exchange_keys());
    BOOST_TEST(pair.host_key_seen() == key.public_part.to_string());
}

BOOST_AUTO_TEST_CASE(a_known_key_logs_in_and_its_user_name_is_seen)
{
    engine_pair pair;
    BOOST_REQUIRE(pair.exchange_keys());
    BOOST_TEST(pair.log_in("alice/root@web1%2222", pair.user_pair) == VERBATIM_LOGIN_SUCCESS);
    BOOST_TEST(pair.server->last_user == "alice/root@web1%2222");
    BOOST_TEST(pair.server->refused_logins == 0);
}

BOOST_AUTO_TEST_CASE(another_key_is_denied_and_the_right_one_may_follow)
{
    engine_pair pair;
    BOOST_REQUIRE(pair.exchange_keys());
    const auto stranger = std::move(*ssh::generate_key("ed25519", "stranger"));
    BOOST_TEST(pair.log_in("alice", stranger) == VERBATIM_LOGIN_DENIED);
    BOOST_TEST(pair.server->refused_logins == 1);
    BOOST_TEST(pair.server->phase() == VERBATIM_PHASE_AUTHENTICATING);
    BOOST_TEST(!pair.server->failed);
}

BOOST_AUTO_TEST_CASE(a_certificate_logs_in_where_its_line_is_known)
{
    engine_pair pair;
    const auto ca = std::move(*ssh::generate_key("ed25519", "CA"));
    const auto issuer = std::move(*ssh::certificate_issuer::create(ca.private_text));
    const auto issued = issuer.issue({"root", "alice@1"}, system_clock().wall_now());
    BOOST_REQUIRE(issued);
    pair.server->accepted_key = issued->certificate;
    BOOST_REQUIRE(pair.exchange_keys());
    ssh::key_pair key{*ssh::public_half(issued->private_key.reveal()),
        secret(std::string(issued->private_key.reveal()))};
    BOOST_TEST(pair.log_in("root", key, issued->certificate.c_str()) == VERBATIM_LOGIN_SUCCESS);
}

BOOST_AUTO_TEST_CASE(a_broken_certificate_fails_before_anything_is_sent)
{
    engine_pair pair;
    BOOST_REQUIRE(pair.exchange_keys());
    for (const char* broken : {"", "nospace", "ssh-ed25519-cert-v01@openssh.com AAAA"}) {
        engine_pair fresh;
        BOOST_REQUIRE(fresh.exchange_keys());
        BOOST_TEST(fresh.log_in("root", fresh.user_pair, broken) == VERBATIM_LOGIN_FAILED);
        BOOST_TEST(fresh.client->written.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_message_of_the_login_waits_for_its_answer)
{
    engine_pair pair;
    pair.server->answer_logins = false;
    BOOST_REQUIRE(pair.exchange_keys());
    auto state = ::verbatim_engine_login(pair.client->get(), "alice",
        std::string(pair.user_pair.private_text.reveal()).c_str(), nullptr);
    std::size_t size = 0;
    const unsigned char* payload = nullptr;
    for (int turn = 0; turn < 5 && !payload; ++turn) {
        pair.run_one_way_each();
        payload = ::verbatim_engine_auth_message(pair.server->get(), &size);
        if (!payload)
            state = ::verbatim_engine_login(pair.client->get(), nullptr, nullptr, nullptr);
    }
    BOOST_REQUIRE(payload);
    BOOST_TEST(state == VERBATIM_LOGIN_AGAIN);
    ssh::auth_message message;
    BOOST_TEST(ssh::read_auth_message(as_bytes(payload, size), message).has_value());
    BOOST_TEST(message.user == "alice");
    BOOST_TEST(message.method == "publickey");
    BOOST_TEST(pair.server->phase() == VERBATIM_PHASE_AUTHENTICATING);
    const auto no = ssh::make_auth_failure({"publickey"}, false);
    BOOST_TEST(::verbatim_engine_auth_reply(pair.server->get(), no.data(), no.size(), 0) == 0);
    BOOST_TEST(::verbatim_engine_auth_message(pair.server->get(), &size) == nullptr);
    pair.run();
    BOOST_TEST(::verbatim_engine_login(pair.client->get(), nullptr, nullptr, nullptr) ==
               VERBATIM_LOGIN_DENIED);
}

BOOST_AUTO_TEST_CASE(a_login_cannot_be_granted_before_the_keys_are_exchanged)
{
    engine_pair pair;
    BOOST_TEST(::verbatim_engine_grant_login(pair.server->get()) == -1);
    BOOST_REQUIRE(pair.open());
    BOOST_TEST(::verbatim_engine_grant_login(pair.server->get()) == -1); // nor twice
}

BOOST_AUTO_TEST_CASE(a_stranger_s_certificate_is_denied_and_harms_nobody)
{
    engine_pair pair({}, {}, nullptr, false);
    const auto ca = std::move(*ssh::generate_key("ed25519", "CA"));
    const auto issuer = std::move(*ssh::certificate_issuer::create(ca.private_text));
    const auto issued = issuer.issue({"root", "alice@1"}, system_clock().wall_now());
    BOOST_REQUIRE(issued);
    BOOST_REQUIRE(pair.exchange_keys());
    ssh::key_pair key{*ssh::public_half(issued->private_key.reveal()),
        secret(std::string(issued->private_key.reveal()))};
    BOOST_TEST(pair.log_in("root", key, issued->certificate.c_str()) == VERBATIM_LOGIN_DENIED);
    BOOST_TEST(pair.server->refused_logins == 1);
    BOOST_TEST(!pair.server->failed);
}

BOOST_AUTO_TEST_CASE(the_identification_strings_are_exchanged)
{
    engine_pair pair;
    BOOST_REQUIRE(pair.exchange_keys());
    BOOST_TEST(
        std::string(::verbatim_engine_peer_version(pair.client->get())) == "SSH-2.0-Verbatim_test");
    BOOST_TEST(
        std::string(::verbatim_engine_peer_version(pair.server->get())).starts_with("SSH-2.0-"));
}

BOOST_AUTO_TEST_CASE(either_side_may_exchange_keys_anew_in_the_middle)
{
    for (const bool by_server : {false, true}) {
        engine_pair pair;
        BOOST_REQUIRE(pair.open());
        auto& starter = by_server ? *pair.server : *pair.client;
        for (std::size_t n = 0; n < 300; ++n) {
            if (n == 100) BOOST_TEST(::verbatim_engine_rekey(starter.get()) == 0);
            BOOST_TEST(pair.client->send(nth_message(n)));
            BOOST_TEST(pair.server->send(nth_message(n)));
            if (n % 40 == 39) pair.run();
        }
        pair.run();
        BOOST_TEST(!pair.client->failed);
        BOOST_TEST(!pair.server->failed);
        BOOST_TEST(!::verbatim_engine_rekeying(starter.get()));
        BOOST_REQUIRE(pair.server->messages.size() == 300);
        BOOST_REQUIRE(pair.client->messages.size() == 300);
        for (std::size_t n = 0; n < 300; ++n) {
            BOOST_TEST((pair.server->messages[n] == nth_message(n)));
            BOOST_TEST((pair.client->messages[n] == nth_message(n)));
        }
    }
}

BOOST_AUTO_TEST_CASE(both_legs_may_exchange_keys_at_once_under_bulk_data)
{
    // user -> proxy's server engine -> proxy's client engine -> target, and back
    engine_pair outer, inner;
    BOOST_REQUIRE(outer.open());
    BOOST_REQUIRE(inner.open());
    outer.server->forward_to = inner.client.get();
    inner.client->forward_to = outer.server.get();
    auto& user = *outer.client;
    auto& target = *inner.server;
    constexpr std::size_t count = 400;
    const auto run_all = [&] {
        while (!user.written.empty() || !target.written.empty() || !outer.server->written.empty() ||
               !inner.client->written.empty()) {
            outer.run_one_way_each();
            inner.run_one_way_each();
        }
    };
    for (std::size_t n = 0; n < count; ++n) {
        if (n == 150) {
            BOOST_TEST(::verbatim_engine_rekey(user.get()) == 0);
            BOOST_TEST(::verbatim_engine_rekey(target.get()) == 0);
        }
        if (n == 300) {
            BOOST_TEST(::verbatim_engine_rekey(outer.server->get()) == 0);
            BOOST_TEST(::verbatim_engine_rekey(inner.client->get()) == 0);
        }
        BOOST_TEST(user.send(nth_message(n)));
        BOOST_TEST(target.send(nth_message(n)));
        if (n % 50 == 49) run_all();
    }
    run_all();
    for (const auto* engine : {&user, &target, outer.server.get(), inner.client.get()})
        BOOST_TEST(!engine->failed);
    BOOST_REQUIRE(target.messages.size() == count);
    BOOST_REQUIRE(user.messages.size() == count);
    for (std::size_t n = 0; n < count; ++n) {
        BOOST_TEST((target.messages[n] == nth_message(n)));
        BOOST_TEST((user.messages[n] == nth_message(n)));
    }
}

BOOST_AUTO_TEST_CASE(large_and_small_messages_are_forwarded_as_they_came)
{
    engine_pair outer, inner;
    BOOST_REQUIRE(outer.open());
    BOOST_REQUIRE(inner.open());
    outer.server->forward_to = inner.client.get();
    for (const std::size_t size : {1u, 2000u, 2038u, 2039u, 2040u, 32768u, 65536u}) {
        BOOST_TEST(outer.client->send(data_message(size)));
        outer.run();
        inner.run();
        BOOST_REQUIRE(inner.server->messages.size() == 1);
        BOOST_TEST((inner.server->messages[0] == data_message(size)));
        inner.server->messages.clear();
    }
}

BOOST_AUTO_TEST_CASE(a_message_is_forwarded_once)
{
    engine_pair pair;
    BOOST_REQUIRE(pair.open());
    BOOST_TEST(::verbatim_engine_forward(pair.server->get(), pair.server->get()) == -1);
}

BOOST_AUTO_TEST_CASE(one_flipped_bit_ends_the_connection)
{
    for (const auto& cipher : ciphers) {
        engine_pair pair("curve25519-sha256", cipher);
        BOOST_REQUIRE(pair.open());
        BOOST_TEST(pair.client->send(data_message(200)));
        pair.client->written[100] = static_cast<char>(pair.client->written[100] ^ 1);
        pair.carry(*pair.client, *pair.server);
        BOOST_TEST(pair.server->failed, cipher);
        BOOST_TEST(pair.server->messages.empty());
        BOOST_TEST(pair.server->phase() == VERBATIM_PHASE_FAILED);
    }
}

BOOST_AUTO_TEST_CASE(a_cut_packet_waits_for_its_rest)
{
    engine_pair pair;
    BOOST_REQUIRE(pair.open());
    BOOST_TEST(pair.client->send(data_message(200)));
    const std::string packet = std::exchange(pair.client->written, {});
    pair.server->arrived = packet.substr(0, packet.size() - 1);
    pair.server->digest();
    BOOST_TEST(!pair.server->failed);
    BOOST_TEST(pair.server->messages.empty());
    pair.server->arrived += packet.back();
    pair.server->digest();
    BOOST_TEST(pair.server->messages.size() == 1);
}

BOOST_AUTO_TEST_CASE(wrong_words_before_the_login_end_the_connection)
{
    const std::string openings[] = {"GET / HTTP/1.1\r\nHost: proxy\r\n\r\n", "SSH-1.5-old\r\n",
        "SSH-3.0-new\r\n", "SSH-\r\n", "\r\n\r\n\r\n", std::string(100'000, 'A'),
        "SSH-2.0-" + std::string(100'000, 'B') + "\r\n", std::string(10'000, '\0'),
        // An identification, then a packet of 4 GiB, of 300 KB, of no length, of nonsense.
        "SSH-2.0-x\r\n\xff\xff\xff\xff" + std::string(1000, 'x'),
        std::string("SSH-2.0-x\r\n") + std::string("\x00\x04\x93\xe0", 4) +
            std::string(400'000, 'x'),
        "SSH-2.0-x\r\n" + std::string(1000, '\0'), "SSH-2.0-x\r\n" + std::string(1000, 'x')};
    for (const auto& opening : openings)
        for (const std::size_t piece : {std::size_t{1}, opening.size()}) {
            engine_pair pair;
            BOOST_REQUIRE(pair.started());
            for (std::size_t at = 0; at < opening.size() && !pair.server->failed; at += piece) {
                pair.server->arrived += opening.substr(at, piece);
                pair.server->digest();
                // What waits for more is bounded: no length that a stranger names is waited for.
                if (pair.server->arrived.size() > 384 * 1024) break;
            }
            BOOST_TEST(pair.server->failed, opening.substr(0, 20) << " by " << piece);
            BOOST_TEST(pair.server->phase() == VERBATIM_PHASE_FAILED);
        }
}

BOOST_AUTO_TEST_CASE(a_failed_engine_stays_failed)
{
    engine_pair pair;
    BOOST_REQUIRE(pair.open());
    ::verbatim_engine_disconnect(pair.server->get(), 11, "enough");
    BOOST_TEST(!pair.server->written.empty());
    pair.run();
    BOOST_TEST(pair.client->failed);
    BOOST_TEST(pair.client->phase() == VERBATIM_PHASE_FAILED);
    BOOST_TEST(!pair.client->send(data_message(1)));
    BOOST_TEST(!pair.server->send(data_message(1)));
    BOOST_TEST(::verbatim_engine_rekey(pair.client->get()) == -1);
    BOOST_TEST(std::string(::verbatim_engine_error(pair.client->get())).find("enough") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_connection_message_is_taken_before_the_login)
{
    engine_pair pair;
    BOOST_REQUIRE(pair.exchange_keys());
    std::ignore = pair.client->send(data_message(100)); // whether it refuses itself is no matter
    pair.run();
    BOOST_TEST(pair.server->messages.empty());
}

BOOST_AUTO_TEST_SUITE_END()
