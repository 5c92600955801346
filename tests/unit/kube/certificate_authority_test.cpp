#include <verbatim/kube/certificate_authority.hpp>

#include "unit/net/stream_fixture.hpp"
#include "unit/ssh/scratch_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

using namespace verbatim;
using namespace verbatim::test;
using namespace std::chrono_literals;
using kube::certificate_authorities;
using std::chrono::days;
using names = std::vector<std::string>;

namespace {

struct ca_fixture : stream_fixture {
    scratch_directory scratch;
    wall_time now = std::chrono::system_clock::now();
    std::string why;

    certificate_authorities load()
    {
        auto loaded = certificate_authorities::load(scratch.path(), now, why);
        if (!loaded) throw std::runtime_error(why);
        return std::move(*loaded);
    }
    static unsigned mode_of(const std::filesystem::path& file)
    {
        struct stat status {};
        return ::stat(file.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
    }
    /// What both ends make of each other: the user's name, or what went wrong.
    std::string shake_hands(net::tls_server_settings server, net::tls_client_settings client,
        const std::string& server_name)
    {
        auto [one, other] = sockets();
        std::string fault;
        const auto accepting = start(
            net::tls_accept(std::move(other), *net::make_tls_server_context(server, fault), 20s));
        const auto connecting = start(net::tls_connect(
            std::move(one), *net::make_tls_client_context(client, fault), server_name, 20s, why));
        if (!run(connecting)) return why;
        return run(accepting) ? run(accepting)->peer.common_name : run(accepting).error().message();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(kube_certificate_authority, ca_fixture)

BOOST_AUTO_TEST_CASE(keys_are_made_once_for_their_owner_alone)
{
    const auto first = load(), second = load();
    BOOST_TEST(first.listener_ca() == second.listener_ca());
    BOOST_TEST(first.user_ca() == second.user_ca());
    BOOST_TEST(first.user_ca() != first.listener_ca());
    BOOST_TEST(mode_of(scratch / "keys") == 0700u);
    BOOST_TEST(mode_of(scratch / "keys/kubernetes_ca") == 0600u);
    BOOST_TEST(mode_of(scratch / "keys/kubernetes_user_ca") == 0600u);
    BOOST_TEST(first.listener_certificate({"web1"}, now, why).has_value());
    BOOST_TEST(mode_of(scratch / "keys/kubernetes_listener") == 0600u);
    BOOST_TEST(first.listener_ca().find("PRIVATE") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_key_that_others_may_read_is_refused)
{
    std::ignore = load();
    std::filesystem::permissions(scratch / "keys/kubernetes_user_ca", std::filesystem::perms(0640));
    BOOST_TEST(certificate_authorities::load(scratch.path(), now, why).has_error());
    BOOST_TEST(why.find("kubernetes_user_ca is open to others") != std::string::npos, why);
}

BOOST_AUTO_TEST_CASE(what_is_no_key_is_told_about_and_stays)
{
    std::ignore = load();
    scratch.put("keys/kubernetes_ca", "nothing");
    BOOST_TEST(certificate_authorities::load(scratch.path(), now, why).has_error());
    BOOST_TEST(why.find("move it away") != std::string::npos, why);
    BOOST_TEST(contents(scratch / "keys/kubernetes_ca") == "nothing");
}

BOOST_AUTO_TEST_CASE(certificates_prove_listener_and_user_to_each_other)
{
    const auto authorities = load();
    const auto listener =
        authorities.listener_certificate({"proxy.example.com", "127.0.0.1", "::1"}, now, why);
    BOOST_REQUIRE(listener.has_value());
    const auto alice = authorities.issue_user_certificate("alice", 12h, now);
    BOOST_REQUIRE(alice.has_value());
    BOOST_TEST((alice->not_after - now < 12h + 1s && alice->not_after - now > 12h - 2s));
    const auto server = [&] {
        return net::tls_server_settings{listener->certificate,
            secret(std::string(listener->private_key.reveal())), authorities.user_ca()};
    };
    const auto client = [&](const kube::issued_certificate& own) {
        return net::tls_client_settings{authorities.listener_ca(), own.certificate,
            secret(std::string(own.private_key.reveal())), true};
    };
    for (const auto* name : {"proxy.example.com", "127.0.0.1", "::1"})
        BOOST_TEST(shake_hands(server(), client(*alice), name) == "alice");
    BOOST_TEST(shake_hands(server(), client(*alice), "localhost") ==
               "its certificate is not for localhost");
    // Neither CA stands for the other, nor a listener for a user.
    BOOST_TEST(shake_hands(server(), client(*listener), "127.0.0.1") != "alice");
    BOOST_TEST(shake_hands(server(), client(*listener), "127.0.0.1").find("malformed") !=
               std::string::npos);
    auto swapped = client(*alice);
    swapped.ca = authorities.user_ca();
    BOOST_TEST(
        shake_hands(server(), std::move(swapped), "127.0.0.1").starts_with("its certificate:"));
}

BOOST_AUTO_TEST_CASE(the_listeners_certificate_is_kept_while_it_fits)
{
    const auto authorities = load();
    const auto get = [&](const names& wanted, days later) {
        const auto got = authorities.listener_certificate(wanted, now + later, why);
        return got ? got->certificate : why;
    };
    const auto first = get({"a", "b", "10.0.0.1"}, days(0));
    BOOST_TEST(get({"b", "10.0.0.1", "a", "a"}, days(0)) == first);
    BOOST_TEST(get({"a", "b", "10.0.0.1"}, days(334)) == first);
    const auto renewed = get({"a", "b", "10.0.0.1"}, days(336));
    BOOST_TEST(renewed != first);
    BOOST_TEST(get({"a", "b", "10.0.0.1"}, days(336)) == renewed);
    const auto other = get({"a", "b"}, days(336));
    BOOST_TEST(other != renewed);
    BOOST_TEST(get({"a", "b", "0:0::1"}, days(336)) == get({"a", "b", "::1"}, days(336)));
    // Another CA: what the old one signed is worth nothing.
    std::filesystem::remove(scratch / "keys/kubernetes_ca");
    const auto anew = load().listener_certificate({"a", "b", "::1"}, now + days(336), why);
    BOOST_TEST((anew && anew->certificate != get({"a", "b", "::1"}, days(336))));
}

BOOST_AUTO_TEST_CASE(names_that_no_certificate_may_hold_are_refused)
{
    const auto authorities = load();
    const auto refused = [&](const std::string& name) {
        return authorities.issue_user_certificate(name, 1h, now).has_error();
    };
    BOOST_TEST(refused(""));
    BOOST_TEST(refused(std::string(65, 'a')));
    BOOST_TEST(!refused(std::string(64, 'a')));
    BOOST_TEST(refused("a b"));
    BOOST_TEST(refused(std::string("a\0b", 3)));
    BOOST_TEST(authorities.listener_certificate({}, now, why).has_error());
    BOOST_TEST(authorities.listener_certificate({"a\nb"}, now, why).has_error());
}

BOOST_AUTO_TEST_CASE(nothing_outlives_its_authority_and_an_expired_one_is_named)
{
    const auto authorities = load();
    const auto late = authorities.issue_user_certificate("alice", std::chrono::years(20), now);
    BOOST_REQUIRE(late.has_value());
    BOOST_TEST((late->not_after < now + days(3660)));
    now += days(3700);
    BOOST_TEST(certificate_authorities::load(scratch.path(), now, why).has_error());
    BOOST_TEST(why.find("kubernetes_ca has expired") != std::string::npos, why);
}

BOOST_AUTO_TEST_SUITE_END()
