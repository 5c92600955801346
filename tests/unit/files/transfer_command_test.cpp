// Which command lines are a file transfer and nothing else, and what is refused at once.

#include "files/shell_words.hpp"
#include "files/transfer_command.hpp"

#include <verbatim/files/observer.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace verbatim;
using files::direction;
using files::permitted;
using program = files::transfer_command::program;

using lines = std::vector<std::string>;

lines words_of(const std::string& line)
{
    lines out;
    const auto words = files::split_shell_words(line);
    if (!words) return {"none"};
    for (const auto& word : *words) out.push_back(word.text);
    return out;
}

std::optional<files::transfer_command> parsed(const std::string& line)
{
    const auto words = files::split_shell_words(line);
    return words ? files::parse_transfer_command(*words) : std::nullopt;
}

std::string refusal(const std::string& line, permitted may)
{
    const auto observer = files::observe_command(line, may);
    return observer ? std::string(observer->refusal()) : "none";
}

const std::string no_upload = "copying files to the target is not permitted";
const std::string no_download = "copying files from the target is not permitted";

} // namespace

BOOST_AUTO_TEST_SUITE(transfer_command)

BOOST_AUTO_TEST_CASE(words_are_a_shell_s)
{
    BOOST_TEST(words_of("a  'b c'\t\"d e\"f\\ g ''") == (lines{"a", "b c", "d ef g", ""}));
    BOOST_TEST(words_of("a '$(x);`|' \"\\$\\`\\\"\\\\ \\n ;&|<>()\"") ==
               (lines{"a", "$(x);`|", "$`\"\\ \\n ;&|<>()"}));
    BOOST_TEST(words_of("a ~/b c*.txt ?x") == (lines{"a", "~/b", "c*.txt", "?x"}));
    BOOST_TEST(
        words_of("a b=c 'x=y' caf\xc3\xa9 \\;") == (lines{"a", "b=c", "x=y", "caf\xc3\xa9", ";"}));
}

BOOST_AUTO_TEST_CASE(what_might_be_more_than_one_program_has_no_words)
{
    for (const std::string line : {"a;b", "a b; c", "a & b", "a && b", "a || b", "a | b", "a > b",
             "a < b", "a 2>b", "(a)", "a $(b)", "a `b`", "a $b", "a \"$b\"", "a \"`b`\"", "a \n b",
             "a\n", "a \r b", "A=b c", "A='b' c", "a #b", "#", "!", "! a", "=a", "a =b", "a %1",
             "a 'b", "a \"b", "a \\", "a \\\n b", "a \"\\\n\"", "", "  ", "a <(b)"})
        BOOST_TEST(words_of(line) == lines{"none"}, line);
    BOOST_TEST(words_of(std::string("a\0b", 3)) == lines{"none"});
    BOOST_TEST(words_of(std::string("a '\0'", 5)) == lines{"none"});
}

BOOST_AUTO_TEST_CASE(scp_is_known_by_its_options)
{
    for (const auto* line : {"scp -t x", "scp -r -p -d -t x", "/usr/bin/scp -vrpt x",
             "'scp' -t -- -x", "scp -q -t 'a b'", "scp x -t"}) {
        const auto command = parsed(line);
        BOOST_REQUIRE_MESSAGE(command, line);
        BOOST_TEST((command->way == direction::upload), line);
        BOOST_TEST(command->paths.size() == 1U);
    }
    const auto from = parsed("scp -r -f a 'b c'");
    BOOST_TEST((from->way == direction::download));
    BOOST_TEST(from->paths == (lines{"a", "b c"}));
    BOOST_TEST(from->exact_paths);
    BOOST_TEST(!parsed("scp -f *.txt")->exact_paths);
    BOOST_TEST(!parsed("scp -f ~/x")->exact_paths);
}

BOOST_AUTO_TEST_CASE(scp_that_is_not_understood_has_no_direction)
{
    for (const auto* line : {"scp -t", "scp -t a b", "scp -f", "scp -t -f x", "scp -S evil -t x",
             "scp -oProxyCommand=evil -t x", "scp -t*", "scp --t -t x", "scp -t *"}) {
        const auto command = parsed(line);
        BOOST_REQUIRE_MESSAGE(command, line);
        BOOST_TEST(!command->way.has_value(), line);
    }
}

BOOST_AUTO_TEST_CASE(other_commands_are_none)
{
    for (const auto* line : {"scp", "scp a b", "scp a host:b", "scp x; sh", "scp -t x; sh",
             "scp -t x && sh", "scp -t $(sh)", "scp -t `sh`", "scp -t x > y", "scp -t x | sh",
             "X=y scp -t x", "sudo scp -t x", "./scp -t x", "bin/scp -t x", "sc? -t x",
             "*/scp -t x", "exec scp -t x", "sh -c 'scp -t x'", "rsync -a a b", "rsync --daemon",
             "rsync -a --server . x", "cat", "sftp", "xscp -t x", "scp -t x\nsh"})
        BOOST_TEST(!parsed(line).has_value(), line);
    BOOST_TEST(!files::observe_command("cat /etc/passwd"));
    BOOST_TEST(!files::observe_command("scp -t x; sh"));
    BOOST_TEST(!files::observe_command(""));
    BOOST_TEST(!files::observe_subsystem("netconf"));
    BOOST_TEST(files::observe_subsystem("sftp"));
}

BOOST_AUTO_TEST_CASE(rsync_is_known_by_its_first_options)
{
    const auto up = parsed("rsync --server -vlogDtpre.iLsfxCIvu --delete . /srv/x");
    BOOST_TEST((up->what == program::rsync));
    BOOST_TEST((up->way == direction::upload));
    BOOST_TEST(up->paths == lines{"/srv/x"});
    const auto down = parsed("rsync --server --sender -vlogDtpre.iLsfxCIvu . a b\\ c");
    BOOST_TEST((down->way == direction::download));
    BOOST_TEST(down->paths == (lines{"a", "b c"}));
    BOOST_TEST(!down->removes);
    BOOST_TEST(parsed("rsync --server --sender --remove-source-files -e. . a")->removes);
    for (const auto* line :
        {"rsync --server --temp-dir --sender . x", "rsync --server . x --sender",
            "rsync --server --daemon .", "rsync --server -x", "rsync --server -se.iLsfxCIvu",
            "rsync --server --sender -vse.iLsfxCIvu . x", "rsync --server --secluded-args . x"})
        BOOST_TEST(!parsed(line)->way.has_value(), line);
}

BOOST_AUTO_TEST_CASE(sftp_s_server_is_known_by_its_name)
{
    for (const auto* line : {"sftp-server", "/usr/lib/openssh/sftp-server",
             "/usr/libexec/sftp-server -R", "'/a b/sftp-server'"})
        BOOST_TEST((parsed(line)->what == program::sftp_server), line);
    BOOST_TEST(!parsed("./sftp-server").has_value());
    BOOST_TEST(!parsed("/usr/lib/openssh/sftp-server; sh").has_value());
}

BOOST_AUTO_TEST_CASE(a_direction_that_is_not_permitted_does_not_start)
{
    const permitted up{true, false}, down{false, true};
    BOOST_TEST(refusal("scp -t x", down) == no_upload);
    BOOST_TEST(refusal("scp -t x", up) == "");
    BOOST_TEST(refusal("scp -f x", up) == no_download);
    BOOST_TEST(refusal("scp -f x", down) == "");
    BOOST_TEST(refusal("rsync --server -e. . x", down) == no_upload);
    BOOST_TEST(refusal("rsync --server --sender -e. . x", down) == "");
    BOOST_TEST(refusal("rsync --server --sender -e. . x", up) == no_download);
    BOOST_TEST(refusal("rsync --server --sender --remove-source-files -e. . x", down) == no_upload);
    BOOST_TEST(refusal("tar xf -", down) == no_upload);
    BOOST_TEST(refusal("tar cf - x", up) == no_download);
    BOOST_TEST(refusal("tar cf - x", down) == "");
    BOOST_TEST(refusal("scp -S evil -t x", up) == no_download + ", and this cannot be read");
    BOOST_TEST(
        refusal("rsync --server --daemon .", down) == no_upload + ", and this cannot be read");
    BOOST_TEST(refusal("scp -S evil -t x", {}) == "");
    BOOST_TEST(refusal("cat", {false, false}) == "none");
    // What is not understood and may be a copy does not start where not all may be copied.
    for (const std::string line :
        {"umask 027; /usr/lib/openssh/sftp-server", "nice sftp-server", "scp -t $x", "scp -t a;b",
            "x=1 scp -pf a&b", "sudo rsync --server . x", "sh -c 'exec sftp-server'"}) {
        BOOST_TEST(refusal(line, down) == no_upload + ", and this cannot be read", line);
        BOOST_TEST(refusal(line, {}) == "none", line);
    }
    for (const std::string line : {"ls | grep scp", "cat scp", "echo $HOME -t", "rsync a b; true"})
        BOOST_TEST(refusal(line, down) == "none", line);
    BOOST_TEST(refusal("exec /usr/lib/openssh/sftp-server", down) == "");
    BOOST_TEST(refusal("exec scp -t x", down) == no_upload);
    std::vector<files::file_passed> passed;
    files::observe_command("scp -t /srv", down)->end(passed);
    BOOST_REQUIRE(passed.size() == 1U);
    BOOST_TEST(passed[0].refused);
    BOOST_TEST(passed[0].path == "/srv");
    BOOST_TEST(passed[0].error == no_upload);
}

BOOST_AUTO_TEST_CASE(rsync_is_told_at_its_end_with_what_passed)
{
    const auto observer = files::observe_command("rsync --server --sender -e. . a 'b c'");
    std::vector<files::file_passed> passed;
    observer->feed(direction::upload, as_bytes("12"), passed);
    observer->feed(direction::download, as_bytes("12345"), passed);
    observer->end(passed);
    observer->end(passed);
    BOOST_REQUIRE(passed.size() == 1U);
    BOOST_TEST((passed[0].way == direction::download));
    BOOST_TEST(passed[0].size == 5U);
    BOOST_TEST(passed[0].path == "a 'b c'");
    BOOST_TEST(!passed[0].note.empty());
}

BOOST_AUTO_TEST_CASE(a_forced_command_is_known_in_its_wrapping)
{
    const std::string wrapping = "exec env 'SSH_ORIGINAL_COMMAND=rm -r *' /bin/sh -c ";
    BOOST_TEST(files::observe_command(wrapping + "/usr/lib/openssh/sftp-server"));
    BOOST_TEST(refusal(wrapping + "'scp -t x'", {false, true}) == no_upload);
    BOOST_TEST(!files::observe_command(wrapping + "'scp -t x; sh'"));
    BOOST_TEST(!files::observe_command(wrapping + "'scp -t x' y"));
    BOOST_TEST(!files::observe_command("exec env LD_PRELOAD=x /bin/sh -c 'scp -t x'"));
}

BOOST_AUTO_TEST_CASE(lists_of_arguments_are_known_too)
{
    const lines arguments = {"scp", "-t", "*"};
    BOOST_TEST(files::observe_arguments(arguments));
    const lines other = {"sh", "-c", "scp -t x"};
    BOOST_TEST(!files::observe_arguments(other));
}

BOOST_AUTO_TEST_SUITE_END()
