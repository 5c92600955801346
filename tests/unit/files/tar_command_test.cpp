// Which commands are file transfers, and nothing else.

#include "files/tar_command.hpp"

#include "tar_samples.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace verbatim;
using words = std::vector<std::string>;

std::string kind(const words& arguments)
{
    const auto command = files::parse_tar_command(arguments);
    if (!command) return "none";
    std::string out = command->extracts ? "upload" : "download";
    if (command->compressed) out += " gzip";
    if (command->first_byte != 1) out += " from " + std::to_string(command->first_byte);
    return out;
}

std::string kind_of_pipe(const std::string& script) { return kind({"sh", "-c", script}); }

} // namespace

BOOST_AUTO_TEST_SUITE(tar_command)

BOOST_AUTO_TEST_CASE(what_kubectl_cp_runs_is_known)
{
    BOOST_TEST(kind({"tar", "cf", "-", "/etc/hosts"}) == "download");
    BOOST_TEST(kind({"tar", "-xmf", "-"}) == "upload");
    BOOST_TEST(kind({"tar", "-xmf", "-", "-C", "/srv"}) == "upload");
    BOOST_TEST(kind({"tar", "--no-same-permissions", "--no-same-owner", "-xmf", "-", "-C",
                   "/srv"}) == "upload");
    BOOST_TEST(kind_of_pipe("tar cf - /etc/hosts | tail -c+0") == "download");
    BOOST_TEST(kind_of_pipe("tar cf - /etc/hosts | tail -c+1") == "download");
    BOOST_TEST(kind_of_pipe("tar cf - /etc/hosts | tail -c+4097") == "download from 4097");
}

BOOST_AUTO_TEST_CASE(plain_variants_are_known)
{
    BOOST_TEST(kind({"/bin/tar", "xf", "-"}) == "upload");
    BOOST_TEST(kind({"tar", "-x", "-f", "-", "-v"}) == "upload");
    BOOST_TEST(kind({"tar", "-xf-"}) == "upload");
    BOOST_TEST(kind({"tar", "fx", "-"}) == "upload");
    BOOST_TEST(kind({"tar", "xCf", "/srv", "-"}) == "upload");
    BOOST_TEST(kind({"tar", "-cf", "-", "-C", "/", "a", "b"}) == "download");
    BOOST_TEST(kind({"tar", "cf", "-", "--", "-odd"}) == "download");
    BOOST_TEST(kind({"tar", "czf", "-", "a"}) == "download gzip");
    BOOST_TEST(kind({"tar", "-xzf", "-"}) == "upload gzip");
}

BOOST_AUTO_TEST_CASE(anything_else_is_none)
{
    for (const words& arguments : std::vector<words>{{}, {"tar"}, {"tar", "xf"}, {"tar", "x"},
             {"tar", "f", "-"}, {"tar", "cxf", "-"}, {"tar", "tf", "-"}, {"tar", "xf", "a.tar"},
             {"tar", "-fx", "-"}, {"tar", "xff", "-", "-"}, {"tar", "-xf", "-", "-"},
             {"tar", "xf", "-", "only-this"}, {"tar", "xf", "-", "-C"}, {"tar", "xjf", "-"},
             {"tar", "xOf", "-"}, {"tar", "cf", "-", "a", "--to-command=sh"},
             {"tar", "cf", "-", "--checkpoint-action=exec=sh", "a"},
             {"tar", "-I", "sh", "-xf", "-"}, {"tar", "xf", "-", "--strip-components=1"},
             {"tar", "-xif", "-"}, {"./tar", "xf", "-"}, {"TAR", "xf", "-"}, {"tar ", "xf", "-"},
             {"env", "tar", "xf", "-"}, {"sh", "tar", "xf", "-"}})
        BOOST_TEST(kind(arguments) == "none");
}

BOOST_AUTO_TEST_CASE(of_shell_lines_the_one_pipe_alone_is_known)
{
    for (const auto* script : {"tar cf - a", "tar cf - a|tail -c+1", "tar cf -  | tail -c+1",
             "tar cf - a | tail -c+1 ", "tar cf - a | tail -c+1; id", "tar cf - a | tail -c+x",
             "tar cf - a | tail -c+", "tar cf - a | tail -c+-1", "tar cf - a; id | tail -c+1",
             "tar cf - $(id) | tail -c+1", "tar cf - `id` | tail -c+1", "tar cf - a b | tail -c+1",
             "tar cf - 'a' | tail -c+1", "tar cf - * | tail -c+1", "tar cf - -I | tail -c+1",
             "tar cf - a\nid | tail -c+1", "tar cf - a | tail -c+99999999999999999999",
             "tar cf - a | tail -c+1 | tail -c+1", " tar cf - a | tail -c+1", "tail -c+1"})
        BOOST_TEST(kind_of_pipe(script) == "none", script);
    BOOST_TEST(kind({"bash", "-c", "tar cf - a | tail -c+1"}) == "none");
    BOOST_TEST(kind({"sh", "-c", "tar cf - a | tail -c+1", "x"}) == "none");
}

BOOST_AUTO_TEST_CASE(streams_that_are_not_read_are_flagged_when_something_passes)
{
    for (const words& arguments :
        std::vector<words>{{"tar", "czf", "-", "a"}, {"sh", "-c", "tar cf - a | tail -c+513"}}) {
        const auto observer = files::observe_arguments(arguments);
        std::vector<files::file_passed> passed;
        observer->feed(files::direction::upload, as_bytes(std::string_view("typed")), passed);
        observer->feed(files::direction::download, {}, passed);
        BOOST_TEST(passed.empty());
        for (int i = 0; i < 3; ++i)
            observer->feed(files::direction::download, as_bytes(std::string_view("bytes")), passed);
        observer->end(passed);
        BOOST_REQUIRE(passed.size() == 1U);
        BOOST_TEST(passed[0].error.find("not read") != std::string::npos);
        BOOST_TEST(!passed[0].complete);
    }
    BOOST_TEST(!files::observe_arguments(words{"ls"}));
}

BOOST_AUTO_TEST_SUITE_END()
