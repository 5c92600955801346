#include <verbatim/config/users_file.hpp>

#include "support/made_keys.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

using namespace verbatim;
using namespace verbatim::config;

BOOST_AUTO_TEST_CASE(written_users_are_read_back)
{
    std::string pattern = (std::filesystem::temp_directory_path() / "verbatim-XXXXXX").string();
    const std::filesystem::path base = ::mkdtemp(pattern.data());
    const auto file = base / "data" / "users.yaml";
    const std::vector<user_settings> users{
        {"alice", {"admin"}, {test::ed25519_line('a') + " it's: #1 {x}"}},
        {"bob", {}, {}, {"sha256:" + std::string(64, '1')}}};
    std::string why;
    BOOST_TEST(write_users_file(file, users, why).has_value(), why);
    BOOST_TEST(write_users_file(file, users, why).has_value(), why);
    struct stat status {};
    BOOST_TEST(::stat(file.c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 0777) == 0600u);
    const auto read = load_users_file(file);
    for (const auto& problem : read.problems) BOOST_ERROR(to_string(problem));
    BOOST_TEST_REQUIRE(read.users.size() == 2u);
    BOOST_TEST(read.users[0].authorized_keys.at(0) == users[0].authorized_keys[0]);
    BOOST_TEST(read.users[0].roles.at(0) == "admin");
    BOOST_TEST(read.users[1].kubernetes_tokens == users[1].kubernetes_tokens);
    BOOST_TEST(write_users_file(file, {}, why).has_value());
    BOOST_TEST(load_users_file(file).users.empty());
    BOOST_TEST(load_users_file(file).problems.empty());
    std::filesystem::remove_all(base);
}

BOOST_AUTO_TEST_CASE(a_directory_that_cannot_be_made_is_named)
{
    std::string why;
    const auto written = write_users_file("/dev/null/data/users.yaml", {}, why);
    BOOST_TEST((written.error() == errc::io_error));
    BOOST_TEST(why.find("/dev/null/data") != std::string::npos);
}
