#include <verbatim/ssh/key_store.hpp>

#include "scratch_directory.hpp"

#include "ssh/private_key.hpp"
#include "ssh/private_key_text.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <barrier>
#include <set>
#include <thread>

namespace {

using namespace verbatim;
using namespace verbatim::test;
using verbatim::ssh::key_store;
namespace fs = std::filesystem;

const std::vector<std::string> all_kinds{
    "ed25519", "rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"};

key_store must_load(const fs::path& data_dir, const std::vector<std::string>& kinds = {"ed25519"})
{
    std::string why;
    auto store = key_store::load(data_dir, kinds, why);
    BOOST_REQUIRE_MESSAGE(store, why);
    return std::move(*store);
}

unsigned mode_of(const fs::path& path)
{
    struct stat status {};
    BOOST_REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

std::string refusal(const fs::path& data_dir, errc expected)
{
    std::string why;
    const auto store = key_store::load(data_dir, {"ed25519"}, why);
    BOOST_TEST(store.error() == make_error_code(expected));
    return why;
}

} // namespace

BOOST_AUTO_TEST_SUITE(key_stores)

BOOST_AUTO_TEST_CASE(keys_are_made_once_for_their_owner_alone)
{
    const scratch_directory scratch;
    const auto data_dir = scratch / "new" / "data";
    const auto first = must_load(data_dir, all_kinds);
    BOOST_TEST(first.host_keys().size() == all_kinds.size());
    BOOST_TEST(first.host_keys()[1].public_part.type() == "ssh-rsa");
    BOOST_TEST(first.user_ca().public_part.comment() == "verbatim user CA");
    BOOST_TEST(mode_of(data_dir / "keys") == 0700u);
    std::size_t files = 0;
    for (const auto& file : fs::directory_iterator(data_dir / "keys")) {
        BOOST_TEST(mode_of(file) == 0600u);
        ++files;
    }
    BOOST_TEST(files == all_kinds.size() + 2);

    const auto second = must_load(data_dir, all_kinds);
    for (std::size_t i = 0; i < all_kinds.size(); ++i) {
        BOOST_TEST((first.host_keys()[i].public_part == second.host_keys()[i].public_part));
        BOOST_TEST((first.host_keys()[i].private_text.reveal() ==
                    second.host_keys()[i].private_text.reveal()));
    }
    BOOST_TEST((first.user_ca().public_part == second.user_ca().public_part));
    BOOST_TEST((first.signing().public_part == second.signing().public_part));
}

BOOST_AUTO_TEST_CASE(ssh_keygen_reads_every_kind_and_agrees,
    *boost::unit_test::precondition(
        [](boost::unit_test::test_unit_id) { return has_ssh_keygen(); }))
{
    const scratch_directory scratch;
    const auto store = must_load(scratch.path(), all_kinds);
    for (const auto& key : store.host_keys()) {
        BOOST_TEST(output_of("ssh-keygen -y -f " + key.file.string()) ==
                   key.public_part.line() + "\nexit 0");
        const auto listing = output_of("ssh-keygen -l -f " + key.file.string());
        BOOST_TEST(
            listing.find(' ' + key.public_part.fingerprint() + ' ') != listing.npos, listing);
    }
}

BOOST_AUTO_TEST_CASE(several_that_start_at_once_end_with_the_same_keys)
{
    const scratch_directory scratch;
    constexpr int starters = 8;
    std::vector<std::string> seen(starters);
    std::barrier start(starters);
    std::vector<std::thread> threads;
    for (int i = 0; i < starters; ++i)
        threads.emplace_back([&, i] {
            start.arrive_and_wait();
            std::string why;
            const auto store = key_store::load(scratch / "data", {"ed25519"}, why);
            seen[i] = store ? store->user_ca().public_part.line() +
                                  store->host_keys()[0].public_part.line() +
                                  store->signing().public_part.line()
                            : why;
        });
    for (auto& thread : threads) thread.join();
    BOOST_TEST(std::set<std::string>(seen.begin(), seen.end()).size() == 1u, seen[0]);
    // No drafts are left.
    const auto files = fs::directory_iterator(scratch / "data" / "keys");
    BOOST_TEST(std::distance(files, fs::directory_iterator{}) == 3);
}

BOOST_AUTO_TEST_CASE(a_key_that_others_may_read_is_refused_with_the_remedy)
{
    const scratch_directory scratch;
    const auto file = must_load(scratch.path()).user_ca().file;
    fs::permissions(file, fs::perms::group_read, fs::perm_options::add);
    const auto why = refusal(scratch.path(), errc::access_denied);
    BOOST_TEST(why.find(file.string()) != why.npos);
    BOOST_TEST(why.find("chmod 600") != why.npos);
}

BOOST_AUTO_TEST_CASE(a_directory_that_others_may_enter_is_refused_with_the_remedy)
{
    const scratch_directory scratch;
    must_load(scratch.path());
    fs::permissions(scratch / "keys", fs::perms::others_exec, fs::perm_options::add);
    BOOST_TEST(refusal(scratch.path(), errc::access_denied).find("chmod 700") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_symbolic_link_or_a_directory_in_a_keys_place_is_refused)
{
    const scratch_directory scratch;
    const auto file = must_load(scratch.path()).user_ca().file;
    fs::rename(file, scratch / "elsewhere");
    fs::create_symlink(scratch / "elsewhere", file);
    refusal(scratch.path(), errc::access_denied);
    fs::remove(file);
    fs::create_directory(file);
    refusal(scratch.path(), errc::access_denied);
}

BOOST_AUTO_TEST_CASE(a_damaged_key_is_refused_and_left_as_it_is)
{
    const scratch_directory scratch;
    const auto file = must_load(scratch.path()).user_ca().file;
    scratch.put("keys/user_ca", "not a key\n");
    const auto why = refusal(scratch.path(), errc::malformed);
    BOOST_TEST(why.find(file.string()) != why.npos);
    BOOST_TEST(contents(file) == "not a key\n");
    scratch.put("keys/user_ca", "");
    refusal(scratch.path(), errc::malformed);
    scratch.put("keys/user_ca", std::string(70000, 'x'));
    refusal(scratch.path(), errc::out_of_range);
}

BOOST_AUTO_TEST_CASE(a_key_of_another_type_is_refused)
{
    const scratch_directory scratch;
    must_load(scratch.path());
    const auto other = ssh::generate_key("ecdsa-sha2-nistp256", "");
    scratch.put("keys/user_ca", other->private_text.reveal());
    BOOST_TEST(refusal(scratch.path(), errc::malformed).find("ecdsa") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_unknown_kind_of_host_key_is_refused)
{
    const scratch_directory scratch;
    std::string why;
    const auto store = key_store::load(scratch.path(), {"dsa"}, why);
    BOOST_TEST(store.error() == make_error_code(errc::out_of_range));
    BOOST_TEST(why.find("dsa") != why.npos);
}

BOOST_AUTO_TEST_CASE(every_cut_of_a_key_text_is_refused)
{
    const auto key = ssh::generate_key("ed25519", "comment");
    const auto text = key->private_text.reveal();
    BOOST_REQUIRE(ssh::load_ed25519(text));
    // The last line end is the only byte that may be missing.
    for (std::size_t size = 0; size + 1 < text.size(); ++size) {
        BOOST_TEST(!ssh::load_ed25519(text.substr(0, size)), "cut to " << size);
        BOOST_TEST(!ssh::public_half(text.substr(0, size)), "cut to " << size);
    }
}

BOOST_AUTO_TEST_CASE(a_key_with_a_passphrase_is_called_encrypted,
    *boost::unit_test::precondition(
        [](boost::unit_test::test_unit_id) { return has_ssh_keygen(); }))
{
    const scratch_directory scratch;
    const auto file = (scratch / "locked").string();
    BOOST_REQUIRE(output_of("ssh-keygen -q -t ed25519 -N secret -f " + file) == "exit 0");
    BOOST_TEST(ssh::load_ed25519(contents(file)).error() == make_error_code(errc::encrypted));
}

BOOST_AUTO_TEST_CASE(a_key_made_by_ssh_keygen_is_read,
    *boost::unit_test::precondition(
        [](boost::unit_test::test_unit_id) { return has_ssh_keygen(); }))
{
    const scratch_directory scratch;
    const auto file = (scratch / "key").string();
    BOOST_REQUIRE(output_of("ssh-keygen -q -t ed25519 -C mine -N '' -f " + file) == "exit 0");
    BOOST_TEST(ssh::load_ed25519(contents(file)).has_value());
    BOOST_TEST(ssh::public_half(contents(file))->line() + '\n' == contents(file + ".pub"));
}

BOOST_AUTO_TEST_SUITE_END()
