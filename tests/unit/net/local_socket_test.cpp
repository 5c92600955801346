#include <verbatim/net/local_socket.hpp>

#include <boost/test/unit_test.hpp>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

namespace {

using namespace verbatim;

// bind() and connect() by that name.
bool works(const std::string& name)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    BOOST_REQUIRE(name.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
    const auto* where = reinterpret_cast<const sockaddr*>(&address);
    const int server = ::socket(AF_UNIX, SOCK_STREAM, 0),
              client = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const bool done = ::bind(server, where, sizeof address) == 0 && ::listen(server, 1) == 0 &&
                      ::connect(client, where, sizeof address) == 0;
    ::close(server);
    ::close(client);
    return done;
}

struct scratch {
    scratch()
    {
        std::string name = std::filesystem::temp_directory_path() / "verbatim-local-XXXXXX";
        BOOST_REQUIRE(::mkdtemp(name.data()));
        path = name;
    }
    ~scratch() { std::filesystem::remove_all(path); }
    std::filesystem::path path;
};

} // namespace

BOOST_AUTO_TEST_SUITE(local_sockets)

BOOST_FIXTURE_TEST_CASE(a_short_name_is_the_path, scratch)
{
    const net::local_socket_name name(path / "s.sock");
    BOOST_TEST(name.text() == (path / "s.sock").string());
    BOOST_TEST(works(name.text()));
}

BOOST_FIXTURE_TEST_CASE(a_long_path_has_a_name_too, scratch)
{
    const auto folder = path / std::string(120, 'd');
    std::filesystem::create_directory(folder);
    {
        const net::local_socket_name name(folder / "s.sock");
        BOOST_TEST(works(name.text()));
    }
    BOOST_TEST(std::filesystem::is_socket(folder / "s.sock"));
}

BOOST_AUTO_TEST_CASE(the_peer_is_known)
{
    int ends[2];
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    const auto peer = net::peer_of(ends[0]);
    BOOST_REQUIRE(peer);
    BOOST_TEST(peer->account == ::geteuid());
    BOOST_TEST(peer->process == ::getpid());
    ::close(ends[0]);
    ::close(ends[1]);
    BOOST_TEST((net::peer_of(-1).error() == error_code(errc::io_error)));
}

BOOST_AUTO_TEST_SUITE_END()
