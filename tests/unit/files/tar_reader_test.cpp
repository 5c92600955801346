// Every form of tar stream, in every cut, and what is not one.

#include "tar_samples.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace verbatim;
using namespace verbatim::test;

using lines = std::vector<std::string>;

const std::string hello = "hello\n"; // its SHA-256 begins with 5891b5b5, of no bytes e3b0c442

std::string everything()
{
    const std::string long_name(5000, 'n');
    return member({"dir/", '5', 0, 0755}) + file("dir/a", hello) +
           member({"dir/s", '2', 0, 0777, "a"}) + member({"dir/h", '1', 0, 0644, "dir/a"}) +
           member({"fifo", '6'}) + member({"base", '0', 0, 0600, "", "deep/prefix"}, hello) +
           member({"././@LongLink", 'L'}, long_name + '\0') + file("short", "x") +
           member({"././@LongLink", 'K'}, long_name + '\0') + member({"l", '2', 0, 0777, "cut"}) +
           pax(pax_record("mtime", "1.5") + pax_record("path", "caf\xc3\xa9") +
               pax_record("linkpath", "ignored")) +
           file("cafe", hello) + file("empty", "") + file("full", std::string(512, 'x')) +
           end_of_tar + "trailing garbage";
}

lines everything_told()
{
    const std::string long_name(5000, 'n');
    return {"directory dir/ 0 755 ", "file dir/a 6 644 5891b5b5", "symlink dir/s -> a 0 777 ",
        "hardlink dir/h -> dir/a 0 644 ", "other fifo 0 644 ",
        "file deep/prefix/base 6 600 5891b5b5", "file " + long_name + " 1 644 2d711642",
        "symlink l -> " + long_name + " 0 777 ", "file caf\xc3\xa9 6 644 5891b5b5",
        "file empty 0 644 e3b0c442", "file full 512 644 64164443"};
}

/// The stream is not understood from its first member on, and nothing after that is told.
void refused(const std::string& stream, std::string_view why)
{
    const auto passed = observed(stream + file("after", "x") + end_of_tar);
    BOOST_TEST_CONTEXT(why)
    {
        BOOST_REQUIRE(passed.size() == 1U);
        BOOST_TEST(passed[0].error.find(why) != std::string::npos);
        BOOST_TEST(passed[0].path.empty());
        BOOST_TEST(!passed[0].complete);
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(tar_reader)

BOOST_AUTO_TEST_CASE(a_whole_stream_is_told_however_it_is_cut)
{
    const auto stream = everything();
    for (const std::size_t step : {stream.size(), std::size_t{1}, std::size_t{7}, std::size_t{511},
             std::size_t{512}, std::size_t{513}, std::size_t{4096}})
        BOOST_TEST(
            told(observed(stream, step)) == everything_told(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_stream_cut_anywhere_tells_what_was_there)
{
    const auto stream = everything();
    const auto all = everything_told();
    for (std::size_t size = 0; size < stream.size(); size += size < 6000 ? 1 : 37) {
        const auto passed = told(observed(std::string_view(stream).substr(0, size)));
        BOOST_REQUIRE(passed.size() <= all.size() + 1);
        for (std::size_t i = 0; i + 1 < passed.size(); ++i) BOOST_REQUIRE(passed[i] == all[i]);
        if (passed.empty()) continue;
        if (passed.size() <= all.size() && passed.back() == all[passed.size() - 1]) continue;
        BOOST_REQUIRE(passed.back().find(" incomplete") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_file_that_is_cut_off_is_told_with_what_passed)
{
    const auto passed = observed(file("big", hello + std::string(5000, 'x')).substr(0, 512 + 6));
    BOOST_TEST(told(passed) == lines{"file big 6 644 5891b5b5 incomplete"});
    BOOST_TEST(passed[0].error.empty());
}

BOOST_AUTO_TEST_CASE(no_stream_has_no_files_and_an_end_without_zero_blocks_is_one)
{
    BOOST_TEST(observed("").empty());
    BOOST_TEST(observed(end_of_tar).empty());
    BOOST_TEST(told(observed(file("a", hello))) == lines{"file a 6 644 5891b5b5"});
}

BOOST_AUTO_TEST_CASE(a_lone_zero_block_hides_nothing)
{
    const auto stream =
        file("a", "") + std::string(512, '\0') + file("b", "") + end_of_tar + file("c", "");
    BOOST_TEST(told(observed(stream)) == (lines{"file a 0 644 e3b0c442", "file b 0 644 e3b0c442"}));
}

BOOST_AUTO_TEST_CASE(sizes_in_base_256_are_read)
{
    tar_header header{"a"};
    header.raw_size = std::string("\x80\0\0\0\0\0\0\0\0\0\0\x06", 12);
    BOOST_TEST(told(observed(to_block(header) + padded(hello) + end_of_tar)) ==
               lines{"file a 6 644 5891b5b5"});
    header.raw_size = "           6";
    BOOST_TEST(told(observed(to_block(header) + padded(hello) + end_of_tar)) ==
               lines{"file a 6 644 5891b5b5"});
}

BOOST_AUTO_TEST_CASE(a_size_in_a_pax_header_counts)
{
    const auto stream = pax(pax_record("size", "6")) + to_block({"a"}) + padded(hello) + end_of_tar;
    BOOST_TEST(told(observed(stream)) == lines{"file a 6 644 5891b5b5"});
}

BOOST_AUTO_TEST_CASE(gnu_s_own_format_has_no_prefix_and_v7_has_no_directories)
{
    tar_header header{"a"};
    header.magic = std::string("ustar  \0", 8);
    header.prefix = "12345670123"; // a time, there
    BOOST_TEST(told(observed(to_block(header))) == lines{"file a 0 644 e3b0c442"});
    header = {"dir/", '\0', 0, 0755};
    header.magic.clear();
    BOOST_TEST(told(observed(to_block(header))) == lines{"directory dir/ 0 755 "});
}

BOOST_AUTO_TEST_CASE(names_of_any_bytes_are_kept)
{
    const std::string name = "caf\xe9\n\x1b[2J../../x";
    BOOST_TEST(observed(file(name, "")).at(0).path == name);
    BOOST_TEST(observed(file(std::string(100, 'x'), "")).at(0).path == std::string(100, 'x'));
}

BOOST_AUTO_TEST_CASE(a_signed_checksum_is_one_too)
{
    auto block = to_block({"caf\xe9"});
    int sum = 0;
    block.replace(148, 8, 8, ' ');
    for (const char c : block) sum += static_cast<signed char>(c);
    block.replace(148, 7, octal_text(static_cast<unsigned>(sum), 6) + '\0');
    BOOST_TEST(observed(block).at(0).path == "caf\xe9");
}

BOOST_AUTO_TEST_CASE(names_have_a_limit)
{
    const std::string longest(64 * 1024, 'n');
    const auto named = member({"././@LongLink", 'L'}, longest + '\0') + file("short", "");
    BOOST_TEST(observed(named).at(0).path == longest);
    BOOST_TEST(observed(pax(pax_record("path", longest)) + file("s", "")).at(0).path == longest);
    refused(member({"././@LongLink", 'L'}, longest + "n" + '\0'), "name is too long");
    refused(pax(pax_record("path", longest + "n")), "name is too long");
    refused(pax(pax_record("comment", std::string(256 * 1024, 'c'))), "pax header is too long");
}

BOOST_AUTO_TEST_CASE(what_is_not_tar_is_flagged_once)
{
    auto wrong = file("a", "");
    wrong[0] = 'b';
    refused(wrong, "wrong checksum");
    refused(std::string(512, 'x'), "wrong checksum");
    refused("\x1f\x8b" + std::string(600, 'z'), "wrong checksum");
}

BOOST_AUTO_TEST_CASE(what_programs_read_differently_is_flagged)
{
    refused(member({"s", 'S'}, "x"), "sparse");
    refused(pax(pax_record("GNU.sparse.major", "1")), "sparse");
    refused(member({"m", 'M'}, "x"), "several volumes");
    refused(member({"l", '2', 0, 0777, "a"}, "x"), "has content");
    refused(member({"h", '1', 0, 0777, "a"}, "x"), "has content");
    refused(member({"d/", '5'}, "x"), "has content");
    refused(pax(pax_record("path", "all"), 'g'), "global");
}

BOOST_AUTO_TEST_CASE(malformed_fields_are_flagged)
{
    tar_header header{"a"};
    header.raw_size = "00000000009";
    refused(to_block(header), "size");
    header.raw_size = std::string(12, '\xff');
    refused(to_block(header), "size");
    header.raw_size = "\x80" + std::string(11, '\xff');
    refused(to_block(header), "size");
    for (const std::string records : {"x", "12", "0 a=b\n", "6 a=b", "99 a=b\n", "7 a_b_\n",
             "-6 a=b\n", "3 \n", "18446744073709551616 a=b\n", "7  a=b\n5 a=b\n"})
        refused(pax(records), "pax header cannot be read");
    refused(pax(pax_record("size", "6x")), "size");
    refused(pax(pax_record("size", "-1")), "size");
    refused(pax(pax_record("size", "9999999999999999999")), "size");
    refused(pax(pax_record("path", std::string("a\0b", 3))), "NUL");
}

BOOST_AUTO_TEST_CASE(a_global_pax_header_without_names_is_passed_over)
{
    const auto stream = pax(pax_record("comment", "a commit"), 'g') + file("a", hello);
    BOOST_TEST(told(observed(stream)) == lines{"file a 6 644 5891b5b5"});
}

BOOST_AUTO_TEST_CASE(a_name_for_no_member_is_an_end_within_a_header)
{
    const auto passed = observed(pax(pax_record("path", "a")));
    BOOST_REQUIRE(passed.size() == 1U);
    BOOST_TEST(passed[0].error.find("ended within") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_flood_of_members_is_told_up_to_a_limit)
{
    const auto one = file("a", "");
    std::string thousand;
    for (int i = 0; i < 1000; ++i) thousand += one;
    const std::vector<std::string> arguments = {"tar", "xf", "-"};
    const auto observer = files::observe_arguments(arguments);
    std::vector<files::file_passed> passed;
    for (int i = 0; i < 200; ++i)
        observer->feed(files::direction::upload, as_bytes(thousand), passed);
    observer->end(passed);
    BOOST_REQUIRE(passed.size() == 100'001U);
    BOOST_TEST(passed[99'999].error.empty());
    BOOST_TEST(passed[100'000].error.starts_with("more than 100000 files"));
}

BOOST_AUTO_TEST_CASE(the_other_direction_is_not_looked_at)
{
    const std::vector<std::string> arguments = {"tar", "cf", "-", "a"};
    const auto observer = files::observe_arguments(arguments);
    std::vector<files::file_passed> passed;
    observer->feed(files::direction::upload, as_bytes(std::string_view("typed")), passed);
    const auto stream = file("a", hello) + end_of_tar;
    observer->feed(files::direction::download, as_bytes(stream), passed);
    observer->end(passed);
    BOOST_TEST(told(passed) == lines{"file a 6 644 5891b5b5"});
    BOOST_TEST((passed[0].way == files::direction::download));
}

BOOST_AUTO_TEST_SUITE_END()
