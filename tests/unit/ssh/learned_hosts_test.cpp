#include <verbatim/ssh/learned_hosts.hpp>

#include "scratch_directory.hpp"

#include "ssh/private_key.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <barrier>
#include <thread>

namespace {

using namespace verbatim;
using namespace verbatim::test;
using verbatim::ssh::learned_hosts;
using verdict = learned_hosts::verdict;

ssh::public_key fresh_key() { return ssh::generate_key("ed25519", "")->public_part; }

bool is(const result<verdict>& got, verdict expected) { return got && *got == expected; }

} // namespace

BOOST_AUTO_TEST_SUITE(learned_host_keys)

BOOST_AUTO_TEST_CASE(the_first_key_is_learned_then_known_and_another_is_a_change)
{
    const scratch_directory scratch;
    const auto file = scratch / "known_hosts";
    const auto first = fresh_key(), second = fresh_key();
    learned_hosts hosts{file};
    BOOST_TEST(hosts.keys_of("web1", 22)->empty());
    BOOST_TEST(is(hosts.check_or_learn("web1", 22, first), verdict::learned));
    BOOST_TEST(contents(file) == "[web1]:22 " + first.to_string() + "\n");
    BOOST_TEST(is(hosts.check_or_learn("WEB1", 22, first), verdict::known));
    BOOST_TEST(is(hosts.check_or_learn("web1", 22, second), verdict::changed));
    BOOST_TEST(is(hosts.check_or_learn("web1", 2222, second), verdict::learned));
    BOOST_TEST(is(hosts.check_or_learn("2001:db8::1", 22, second), verdict::learned));
    BOOST_TEST(is(learned_hosts{file}.check_or_learn("2001:db8::1", 22, second), verdict::known));
    const auto keys = hosts.keys_of("web1", 22);
    BOOST_REQUIRE(keys->size() == 1u);
    BOOST_TEST(((*keys)[0] == first));
    struct stat status {};
    BOOST_REQUIRE(::stat(file.c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 0777) == 0600u);
}

BOOST_AUTO_TEST_CASE(a_name_that_only_begins_alike_is_another_host)
{
    const scratch_directory scratch;
    const auto key = fresh_key();
    learned_hosts hosts{scratch / "known_hosts"};
    BOOST_TEST(is(hosts.check_or_learn("web1", 222, key), verdict::learned));
    BOOST_TEST(hosts.keys_of("web1", 22)->empty());
    BOOST_TEST(hosts.keys_of("web", 222)->empty());
}

BOOST_AUTO_TEST_CASE(a_line_torn_at_any_byte_is_no_key_and_does_not_spoil_the_next)
{
    const scratch_directory scratch;
    const auto torn_key = fresh_key(), key = fresh_key();
    const auto line = "[web1]:22 " + torn_key.to_string();
    for (std::size_t size = 1; size < line.size(); ++size) {
        const auto file = scratch.put("known_hosts", line.substr(0, size));
        learned_hosts hosts{file};
        BOOST_TEST(is(hosts.check_or_learn("web1", 22, key), verdict::learned), "cut to " << size);
        BOOST_TEST(is(hosts.check_or_learn("web1", 22, key), verdict::known), "cut to " << size);
    }
}

BOOST_AUTO_TEST_CASE(host_names_that_would_change_the_files_meaning_are_refused)
{
    const scratch_directory scratch;
    learned_hosts hosts{scratch / "known_hosts"};
    for (const auto* bad : {"", "a b", "a,b", "*", "we?1", "!web", "a\nb", "[x]", "\xff", "@cert"})
        BOOST_TEST(
            hosts.check_or_learn(bad, 22, fresh_key()).error() == make_error_code(errc::malformed));
    BOOST_TEST(!std::filesystem::exists(scratch / "known_hosts"));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened_is_an_error_not_an_unknown_host)
{
    const scratch_directory scratch;
    learned_hosts hosts{scratch / "missing" / "known_hosts"};
    BOOST_TEST(
        hosts.check_or_learn("web1", 22, fresh_key()).error() == make_error_code(errc::io_error));
    std::filesystem::create_directory(scratch / "known_hosts");
    BOOST_TEST(learned_hosts{scratch / "known_hosts"}.keys_of("web1", 22).error() ==
               make_error_code(errc::io_error));
}

BOOST_AUTO_TEST_CASE(of_several_that_learn_one_host_at_once_one_wins)
{
    const scratch_directory scratch;
    constexpr int learners = 8;
    std::vector<ssh::public_key> keys;
    for (int i = 0; i < learners; ++i) keys.push_back(fresh_key());
    std::vector<int> won(learners);
    std::barrier start(learners);
    std::vector<std::thread> threads;
    for (int i = 0; i < learners; ++i)
        threads.emplace_back([&, i] {
            learned_hosts hosts{scratch / "known_hosts"};
            start.arrive_and_wait();
            won[i] = is(hosts.check_or_learn("web1", 22, keys[i]), verdict::learned);
        });
    for (auto& thread : threads) thread.join();
    BOOST_TEST(std::count(won.begin(), won.end(), 1) == 1);
    BOOST_TEST(learned_hosts{scratch / "known_hosts"}.keys_of("web1", 22)->size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
