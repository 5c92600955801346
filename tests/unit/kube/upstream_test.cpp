#include "kube/upstream.hpp"

#include "kube/upgrade.hpp"
#include "loop_fixture.hpp"

#include <boost/asio/read_until.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace verbatim;
using namespace verbatim::kube;
using namespace verbatim::test;
using asio::ip::tcp;

namespace {

struct upstream_fixture : loop_fixture {
    tcp::acceptor acceptor{loop, {asio::ip::address_v4::loopback(), 0}};
    asio::thread_pool blocking{1};
    std::unique_ptr<logger> log = make_null_logger();
    std::shared_ptr<cluster_endpoint> endpoint = std::make_shared<cluster_endpoint>();
    pool_limits limits;
    std::shared_ptr<upstream> made;
    std::string why;

    upstream_fixture()
    {
        endpoint->name = "prod";
        endpoint->host = "127.0.0.1";
        endpoint->port = acceptor.local_endpoint().port();
    }
    ~upstream_fixture() { blocking.join(); }

    upstream& cluster()
    {
        if (!made) made = make_upstream(loop.get_executor(), endpoint, blocking, *log, limits);
        return *made;
    }
    tcp::socket accept()
    {
        tcp::socket out(loop);
        acceptor.accept(out);
        return out;
    }
    upstream_connection_pointer connect(bool fresh = false)
    {
        auto out = run(cluster().connect(fresh, why));
        BOOST_REQUIRE_MESSAGE(out.has_value(), why);
        return std::move(*out);
    }
    /// As if a request had just been answered on it.
    void exchange(upstream_connection& on, tcp::socket& server)
    {
        asio::write(server, asio::buffer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                                sizeof("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") - 1));
        BOOST_REQUIRE(run(on.http.read_response(false)).has_value());
    }
    request_head prepared()
    {
        request_head head{"GET", "/api?a=b", 11, {}};
        head.fields.add("Authorization", "Bearer client");
        BOOST_REQUIRE(run(cluster().prepare(head)).has_value());
        return head;
    }
};

struct temporary_file {
    std::filesystem::path path;
    temporary_file()
    {
        char name[] = "/tmp/verbatim_token_XXXXXX";
        const int fd = ::mkstemp(name);
        if (fd >= 0) ::close(fd);
        path = name;
    }
    ~temporary_file() { std::filesystem::remove(path); }
    void write(std::string_view text) { std::ofstream(path) << text; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(kube_upstream, upstream_fixture)

BOOST_AUTO_TEST_CASE(a_connection_serves_again_and_says_so)
{
    auto first = connect();
    auto server = accept();
    BOOST_TEST(!first->reused);
    exchange(*first, server);
    const auto* same = first.get();
    cluster().give_back(std::move(first));
    BOOST_TEST(connect(true).get() != same); // fresh: never from the pool
    auto again = connect();
    BOOST_TEST(again.get() == same);
    BOOST_TEST(again->reused);
    exchange(*again, server);
    close_idle(cluster());
}

BOOST_AUTO_TEST_CASE(what_the_server_closed_meanwhile_is_not_used)
{
    auto first = connect();
    auto server = accept();
    exchange(*first, server);
    cluster().give_back(std::move(first));
    server.close();
    BOOST_TEST(!connect()->reused);
}

BOOST_AUTO_TEST_CASE(what_says_something_unasked_is_not_used)
{
    auto first = connect();
    auto server = accept();
    exchange(*first, server);
    cluster().give_back(std::move(first));
    asio::write(server, asio::buffer("HTTP/1.1 200 OK\r\n", 17));
    BOOST_TEST(!connect()->reused);
}

BOOST_AUTO_TEST_CASE(what_does_not_allow_another_request_is_closed)
{
    auto first = connect();
    auto server = accept();
    asio::write(server, asio::buffer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 38));
    BOOST_REQUIRE(run(first->http.read_response(false)).has_value());
    cluster().give_back(std::move(first)); // its body was not read
    boost::system::error_code error;
    char byte = 0;
    server.read_some(asio::buffer(&byte, 1), error);
    BOOST_TEST((error == asio::error::eof || error == asio::error::connection_reset));
    BOOST_TEST(!connect()->reused);
}

BOOST_AUTO_TEST_CASE(idle_connections_are_bounded_in_number_and_time)
{
    limits.idle = 2;
    limits.idle_time = std::chrono::milliseconds(20);
    std::vector<upstream_connection_pointer> all;
    std::vector<tcp::socket> servers;
    for (int i = 0; i < 3; ++i) {
        all.push_back(connect());
        servers.push_back(accept());
        exchange(*all.back(), servers.back());
    }
    for (auto& each : all) cluster().give_back(std::move(each));
    boost::system::error_code error;
    char byte = 0;
    servers[0].read_some(asio::buffer(&byte, 1), error);
    BOOST_TEST((error == asio::error::eof)); // too many
    loop.restart();
    loop.run(); // runs dry once the last idle one is closed
    servers[2].read_some(asio::buffer(&byte, 1), error);
    BOOST_TEST((error == asio::error::eof));
    BOOST_TEST(!connect()->reused);
}

BOOST_AUTO_TEST_CASE(the_loop_runs_dry_after_idle_connections_are_closed)
{
    auto first = connect();
    auto server = accept();
    exchange(*first, server);
    cluster().give_back(std::move(first));
    close_idle(cluster());
    loop.restart();
    loop.run();
    BOOST_TEST(!connect()->reused);
}

BOOST_AUTO_TEST_CASE(a_cluster_that_is_not_there_is_told_from_one_that_is_silent)
{
    acceptor.close();
    BOOST_TEST((run(cluster().connect(false, why)).error() == errc::target_unreachable));
    BOOST_TEST(why.starts_with("cannot connect"));
    endpoint->host = "no-such-name.invalid";
    endpoint->dial_timeout = std::chrono::milliseconds(5'000);
    const auto unknown = run(cluster().connect(false, why));
    BOOST_TEST(unknown.has_error());
}

BOOST_AUTO_TEST_CASE(tls_that_does_not_answer_times_out)
{
    net::tls_client_settings settings;
    settings.verify = false;
    endpoint->tls = *net::make_tls_client_context(settings, why);
    endpoint->server_name = "web1";
    endpoint->dial_timeout = std::chrono::milliseconds(30);
    BOOST_TEST((run(cluster().connect(false, why)).error() == errc::timed_out));
    BOOST_TEST(!why.empty());
}

BOOST_AUTO_TEST_CASE(a_request_gets_the_clusters_host_prefix_and_token)
{
    endpoint->path_prefix = "/k8s/clusters/c-1";
    endpoint->token = secret("t");
    const auto head = prepared();
    BOOST_TEST(head.target == "/k8s/clusters/c-1/api?a=b");
    BOOST_TEST(head.fields.first("Host") == "127.0.0.1:" + std::to_string(endpoint->port));
    BOOST_TEST((head.fields.all("Authorization") == std::vector<std::string>{"Bearer t"}));
    made.reset();
    endpoint->token = {};
    endpoint->host = "::1";
    endpoint->port = 80;
    const auto bare = prepared();
    BOOST_TEST(bare.fields.first("Host") == "[::1]");
    BOOST_TEST(!bare.fields.has("Authorization"));
}

BOOST_AUTO_TEST_CASE(a_token_file_is_read_and_kept_for_a_minute)
{
    temporary_file file;
    endpoint->token_file = file.path;
    request_head head{"GET", "/", 11, {}};
    for (const std::string_view bad : {"", " \n", "a b", "a\x01"}) {
        file.write(bad);
        BOOST_TEST((run(cluster().prepare(head)).error() == errc::io_error));
    }
    file.write(" one\n");
    BOOST_TEST(prepared().fields.first("Authorization") == "Bearer one");
    file.write("two");
    BOOST_TEST(prepared().fields.first("Authorization") == "Bearer one");
}

BOOST_AUTO_TEST_CASE(only_the_switch_that_was_asked_for_makes_a_stream)
{
    const std::string begin =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ";
    upgrade_hold hold;
    for (const auto& [answer, status] :
        std::vector<std::pair<std::string, int>>{{begin + "SPDY/3.1\r\n\r\nraw", 101},
            {begin + "websocket\r\n\r\n", 0}, {"HTTP/1.1 101 X\r\n\r\n", 0},
            {"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n{}", 403},
            {"garbage\r\n\r\n", 0}}) {
        const auto asking = start(
            request_upgrade(cluster(), spdy_request("/x", wire::kube_upgrade::exec), why, hold));
        run_ready(); // to where it connects
        auto server = accept();
        asio::write(server, asio::buffer(answer));
        auto& got = run(asking);
        if (status == 0) {
            BOOST_TEST((got.has_error() && got.error() == errc::malformed), answer);
            continue;
        }
        BOOST_REQUIRE_MESSAGE(got.has_value(), answer);
        BOOST_TEST(got->head.status == status);
        if (status == 101) BOOST_TEST(as_text(got->connection->buffered.available()) == "raw");
    }
    const auto asking =
        start(request_upgrade(cluster(), spdy_request("/x", wire::kube_upgrade::exec), why, hold));
    run_ready();
    accept().close();
    BOOST_TEST((run(asking).error() == errc::closed));
}

BOOST_FIXTURE_TEST_CASE(an_upgrade_is_given_up_while_its_answer_is_awaited, upstream_fixture)
{
    upgrade_hold hold;
    const auto asking =
        start(request_upgrade(cluster(), spdy_request("/x", wire::kube_upgrade::exec), why, hold));
    run_ready();
    auto server = accept();
    run_ready();
    hold.abandon();
    BOOST_TEST((run(asking).error() == errc::cancelled));
    BOOST_TEST(
        (run(request_upgrade(cluster(), spdy_request("/x", wire::kube_upgrade::exec), why, hold))
                .error() == errc::cancelled));
}

BOOST_AUTO_TEST_SUITE_END()
