#include "server/forced_command.hpp"

#include <boost/test/unit_test.hpp>

using verbatim::server::forced_command_line;

BOOST_AUTO_TEST_SUITE(forced_command)

BOOST_AUTO_TEST_CASE(a_shell_has_no_original)
{
    BOOST_TEST(forced_command_line("uptime -p", "") == "uptime -p");
}

BOOST_AUTO_TEST_CASE(the_original_is_text_whatever_it_holds)
{
    BOOST_TEST(forced_command_line("echo a; echo b", "id") ==
               "exec env SSH_ORIGINAL_COMMAND=id /bin/sh -c 'echo a; echo b'");
    BOOST_TEST(forced_command_line("menu", "a'; rm -rf $HOME; '") ==
               R"(exec env 'SSH_ORIGINAL_COMMAND=a'\''; rm -rf $HOME; '\''' /bin/sh -c menu)");
}

BOOST_AUTO_TEST_CASE(what_some_shell_might_act_on_is_left_out)
{
    for (const char* asked : {R"(\' ; id ')", "a\nid", "!!", "\x1b", "\x7f"})
        BOOST_TEST(forced_command_line("menu", asked) == "menu", asked);
    BOOST_TEST(forced_command_line("menu", std::string(16 * 1024 + 1, 'a')) == "menu");
}

BOOST_AUTO_TEST_SUITE_END()
