// The listener's answers to what clients offer, judged by OpenSSL's own client.
#include "stream_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <openssl/ssl.h>

#include <thread>

using namespace verbatim;
using namespace verbatim::test;

namespace {

struct answer {
    bool shaken = false;
    std::string protocol; ///< by ALPN
    int version = 0;
};

// A blocking client on a thread of its own, while the loop serves.
answer ask(tls_fixture& fix, std::string_view offered, int highest_version)
{
    auto [client, server] = fix.sockets();
    answer got;
    std::thread asking([&, descriptor = client.native_handle()] {
        const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
            SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
        SSL_CTX_set_max_proto_version(context.get(), highest_version);
        SSL_CTX_set_security_level(context.get(), 0);
        const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
        SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(offered.data()),
            static_cast<unsigned>(offered.size()));
        SSL_set_fd(ssl.get(), descriptor);
        got.shaken = SSL_connect(ssl.get()) == 1;
        const unsigned char* protocol = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(ssl.get(), &protocol, &size);
        got.protocol.assign(reinterpret_cast<const char*>(protocol), size);
        got.version = SSL_version(ssl.get());
    });
    auto accepting =
        net::tls_accept(std::move(server), fix.server_context(), std::chrono::seconds(10));
    const auto accepted = fix.run(std::move(accepting));
    asking.join();
    BOOST_TEST(accepted.has_value() == got.shaken);
    return got;
}

constexpr std::string_view h2("\x02h2"), both("\x02h2\x08http/1.1"), old("\x08http/1.0");

} // namespace

BOOST_FIXTURE_TEST_SUITE(net_alpn, tls_fixture)

BOOST_AUTO_TEST_CASE(only_http_1_1_is_agreed_to)
{
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        BOOST_TEST(ask(*this, both, version).protocol == "http/1.1");
        BOOST_TEST(ask(*this, "", version).shaken);
        BOOST_TEST(ask(*this, "", version).protocol == "");
        BOOST_TEST(!ask(*this, h2, version).shaken);
        BOOST_TEST(!ask(*this, old, version).shaken);
    }
}

BOOST_AUTO_TEST_CASE(tls_before_1_2_is_refused)
{
    BOOST_TEST(ask(*this, "", TLS1_3_VERSION).version == TLS1_3_VERSION);
    BOOST_TEST(ask(*this, "", TLS1_2_VERSION).version == TLS1_2_VERSION);
    BOOST_TEST(!ask(*this, "", TLS1_1_VERSION).shaken);
}

BOOST_AUTO_TEST_SUITE_END()
