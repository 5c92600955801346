#include <verbatim/login/used_codes.hpp>

#include "unit/ssh/scratch_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

namespace {

using namespace verbatim;

struct kept {
    test::scratch_directory scratch;
    std::filesystem::path file = scratch / "used-codes";
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(used_one_time_codes, kept)

BOOST_AUTO_TEST_CASE(no_code_is_good_twice_nor_one_before_it)
{
    login::used_codes used(file);
    BOOST_TEST(*used.take("alice", 100));
    BOOST_TEST(!*used.take("alice", 100));
    BOOST_TEST(!*used.take("alice", 99));
    BOOST_TEST(*used.take("bob", 100));
    BOOST_TEST(*used.take("alice", 101));
}

BOOST_AUTO_TEST_CASE(a_restart_does_not_forget)
{
    BOOST_TEST(*login::used_codes(file).take("alice", 100));
    BOOST_TEST(*login::used_codes(file).take("bob", 7));
    login::used_codes again(file);
    BOOST_TEST(!*again.take("alice", 100));
    BOOST_TEST(!*again.take("bob", 7));
    BOOST_TEST(*again.take("alice", 101));
    struct stat facts {};
    BOOST_REQUIRE(::stat(file.c_str(), &facts) == 0);
    BOOST_TEST((facts.st_mode & 0777) == 0600u);
}

BOOST_AUTO_TEST_CASE(a_code_that_cannot_be_written_down_is_not_good)
{
    login::used_codes used(scratch / "missing" / "used-codes");
    BOOST_TEST(!used.take("alice", 100));
}

BOOST_AUTO_TEST_CASE(a_damaged_file_counts_as_far_as_it_can_be_read)
{
    scratch.put("used-codes", "alice 100\nbob x\n");
    login::used_codes used(file);
    BOOST_TEST(!*used.take("alice", 100));
    BOOST_TEST(*used.take("bob", 1));
}

BOOST_AUTO_TEST_SUITE_END()
