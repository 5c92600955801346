#include <verbatim/screen/terminal_filter.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

using verbatim::screen::escape_scanner;
using verbatim::screen::terminal_filter;
using verbatim::screen::transcript_filter;

namespace {

template <class Filter>
std::string whole(std::string_view input)
{
    Filter filter;
    std::string out;
    filter.filter(input, out);
    filter.finish(out);
    return out;
}

template <class Filter>
std::string by_bytes(std::string_view input)
{
    Filter filter;
    std::string out;
    for (const char c : input) filter.filter({&c, 1}, out);
    filter.finish(out);
    return out;
}

std::string shown(std::string_view input)
{
    const auto at_once = whole<terminal_filter>(input);
    BOOST_TEST(at_once == by_bytes<terminal_filter>(input));
    return at_once;
}

std::string transcript(std::string_view input)
{
    const auto at_once = whole<transcript_filter>(input);
    BOOST_TEST(at_once == by_bytes<transcript_filter>(input));
    return at_once;
}

/// Each of these makes some terminal write, answer, print, move or remember something.
const std::vector<std::string> dangerous = {
    "\x1b]52;c;aGVsbG8=\x07", // write the clipboard
    "\x1b]52;c;?\x1b\\",      // read it
    "\x9d"
    "52;c;aGVsbG8=\x9c", // the same, 8-bit
    "\xc2\x9d"
    "52;c;aGVsbG8=\xc2\x9c", // the same, as UTF-8
    "\x1b]0;title\x07",      // a title that a later report could type
    "\x1b]2;title\x1b\\",
    "\x1b]11;?\x07", // colour query
    "\x1b]4;1;?\x07",
    "\x1b]8;;http://evil/\x07", // hyperlink
    "\x1b]50;?\x07",            // font query (CVE-2022-45063)
    "\x1b]1337;File=:AAAA\x07",
    "\x1b[21t",
    "\x1b[20t", // title reports
    "\x1b[8;1;1t",
    "\x1b[3;0;0t",
    "\x1b[2t",
    "\x1b[18t",
    "\x1b[22;0t",
    "\x1b[c",
    "\x1b[0c",
    "\x1b[>c",
    "\x1b[=c",
    "\x1bZ",
    "\x9a",
    "\x9b"
    "c",
    "\xc2\x9b"
    "c",
    "\x1b[5n",
    "\x1b[6n",
    "\x1b[?6n",
    "\x1b[?15n",
    "\x1b[x",
    "\x1b[1x", // DECREQTPARM
    "\x1b[?1$p",
    "\x1b[4$p",       // DECRQM
    "\x1bP$qm\x1b\\", // DECRQSS
    "\x90$qm\x9c",
    "\x1bP+q544e\x1b\\",          // XTGETTCAP
    "\x1bP0;1|17/6c73\x1b\\",     // DECUDK: keys that type
    "\x1bPq#0;2;0;0;0#0~~\x1b\\", // sixel
    "\x1b_Gf=24;AAAA\x1b\\",
    "\x9f"
    "G\x9c", // APC
    "\x1b^pm\x1b\\",
    "\x9e"
    "pm\x9c", // PM
    "\x1bXsos\x1b\\",
    "\x98sos\x9c",      // SOS
    "\x1bktitle\x1b\\", // screen's title
    "\x05",             // ENQ: answerback
    "\x1b[4;5i",
    "\x1b[5i",
    "\x1b[?5i", // print
    "\x1b[>4;1m",
    "\x1b[?4m", // keyboard reports
    "\x1b[>1u",
    "\x1b[?u",
    "\x1b[=1u",
    "\x1b[<u",
    "\x1b[0;59;13p", // ANSI.SYS key redefinition
    "\x1b[?1000h",
    "\x1b[?1003;1006h",
    "\x1b[?1004h",
    "\x1b[?2004h",
    "\x1b[?1h",
    "\x1b[2h",
    "\x1b[20h",
    "\x1b[?3h",
    "\x1b=",
    "\x1b>",
    "\x1b%@",
    "\x1b%G",
    "\x1b G",
    "\x1bn",
    "\x1b~",
    "\x1bl",
    "\x1b[999999999b", // hangs
    "\x1b[?1;6c",
    "\x1b[1;1*y",
    "\x1b[61\"p",
    "\x1b[\"q",
    "\x7f",
    "\x11\x13",
    std::string(1, '\0'),
};

} // namespace

BOOST_AUTO_TEST_SUITE(terminal_filter_tests)

BOOST_AUTO_TEST_CASE(no_dangerous_sequence_reaches_the_terminal)
{
    for (const auto& sequence : dangerous)
        BOOST_TEST(shown("a" + sequence + "b") == "ab", "sequence " << sequence.substr(1));
}

BOOST_AUTO_TEST_CASE(what_draws_is_kept_as_it_was)
{
    for (const std::string sequence :
        {"\x1b[1;31mred\x1b[0m", "\x1b[38:2::1:2:3mx", "\x1b[2J\x1b[H", "\x1b[?1049h\x1b[?1049l",
            "\x1b[?25l\x1b[?25h", "\x1b[10;20H", "\x1b[3A\x1b[K\x1b[1P",
            "\x1b"
            "7\x1b"
            "8",
            "\x1b(0lqk\x1b(B", "\x1b[2 q", "\x1b[1;24r", "a\b \b\a\r\n\t",
            "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"})
        BOOST_TEST(shown(sequence) == sequence);
}

BOOST_AUTO_TEST_CASE(rectangles_and_the_usual_tab_stops_pass)
{
    for (const std::string sequence : {"\x1b[42;1;1;2;9$x", "\x1b[1;1;2;9$z", "\x1b[?5W"})
        BOOST_TEST(shown(sequence) == sequence);
    for (const std::string sequence :
        {"\x1b[x", "\x1b[1x", "\x1b[?1$x", "\x1b[?6W", "\x1b[1$w", "\x1b[1*x"})
        BOOST_TEST(shown(sequence) == "");
}

BOOST_AUTO_TEST_CASE(c1_bytes_inside_characters_are_not_controls)
{
    // U+00DB, U+05DB and U+1F49B hold the byte 0x9b.
    BOOST_TEST(shown("\xc3\x9b"
                     "6n") == "\xc3\x9b"
                              "6n");
    BOOST_TEST(shown("\xd7\x9b"
                     "6n") == "\xd7\x9b"
                              "6n");
    BOOST_TEST(shown("\xf0\x9f\x92\x9b"
                     "6n") == "\xf0\x9f\x92\x9b"
                              "6n");
}

BOOST_AUTO_TEST_CASE(eight_bit_drawing_becomes_seven_bit)
{
    BOOST_TEST(shown("\x9b"
                     "1mx") == "\x1b[1mx");
    BOOST_TEST(shown("\xc2\x9b"
                     "1mx") == "\x1b[1mx");
}

BOOST_AUTO_TEST_CASE(invalid_utf8_is_replaced)
{
    BOOST_TEST(shown("a\xff\xc0\x41") == "a\xef\xbf\xbd\xef\xbf\xbd"
                                         "A");
    BOOST_TEST(shown("\xe2\x82") == "\xef\xbf\xbd");
    BOOST_TEST(shown("\xed\xa0\x41") == "\xef\xbf\xbd\xef\xbf\xbd"
                                        "A");
}

BOOST_AUTO_TEST_CASE(of_mixed_modes_only_the_drawing_ones_pass)
{
    BOOST_TEST(shown("\x1b[?1049;1000;25h") == "\x1b[?1049;25h");
}

BOOST_AUTO_TEST_CASE(a_full_reset_becomes_a_soft_one_with_a_clear_screen)
{
    BOOST_TEST(shown("\x1b"
                     "c") == "\x1b[!p\x1b[?1049l\x1b[H\x1b[2J");
}

BOOST_AUTO_TEST_CASE(a_sequence_cut_by_another_is_dropped_and_the_other_obeyed)
{
    BOOST_TEST(shown("\x1b[5\x1b[1mx") == "\x1b[1mx");
    BOOST_TEST(shown("\x1b]52;c;AA\x1b[1mx") == "\x1b[1mx");
    BOOST_TEST(shown("\x1b[5\x18nx") == "nx");
    BOOST_TEST(shown("\x1b[\x1b]52;c;AA\x07x") == "x");
}

BOOST_AUTO_TEST_CASE(controls_inside_a_sequence_work_and_the_sequence_goes_on)
{
    BOOST_TEST(shown("\x1b[1\n;31mx") == "\n\x1b[1;31mx");
    BOOST_TEST(shown("\x1b[6\nnx") == "\nx");
}

BOOST_AUTO_TEST_CASE(a_string_without_an_end_hides_no_more_than_its_limit)
{
    const std::string input = "\x1bP" + std::string(escape_scanner::max_string_bytes, 'x') + "seen";
    BOOST_TEST(whole<terminal_filter>(input) == "seen");
    BOOST_TEST(whole<transcript_filter>(input) == "seen");
}

BOOST_AUTO_TEST_CASE(an_endless_sequence_holds_no_memory_and_draws_nothing)
{
    BOOST_TEST(shown("\x1b[" + std::string(100'000, '1') + "mx") == "x");
    BOOST_TEST(shown("\x1b" + std::string(100'000, '(') + "0x") == "x");
}

BOOST_AUTO_TEST_CASE(who_types_is_told_what_keys_send)
{
    const auto types = [](std::string_view input) {
        terminal_filter filter(terminal_filter::viewer::types);
        std::string out;
        filter.filter(input, out);
        return out;
    };
    for (const std::string keys :
        {"\x1b[?1h", "\x1b[?2004l", "\x1b[?1000;1006h", "\x1b=", "\x1b>"}) {
        BOOST_TEST(types(keys) == keys);
        BOOST_TEST(shown(keys) == "");
    }
    BOOST_TEST(types("\x1b[?1004;25;9999h") == "\x1b[?25h");
    for (const auto& sequence : dangerous)
        if (sequence.find("[?") == sequence.npos && sequence != "\x1b=" && sequence != "\x1b>")
            BOOST_TEST(types("a" + sequence + "b") == shown("a" + sequence + "b"));
}

BOOST_AUTO_TEST_CASE(the_transcript_holds_words_tabs_and_line_ends_only)
{
    BOOST_TEST(
        transcript("\x1b[1mls\x1b[0m\t-l\r\r\nto\x1b]0;t\x07tal\x05\b\r\n") == "ls\t-l\ntotal\n");
    for (const auto& sequence : dangerous)
        BOOST_TEST(transcript("a" + sequence + "b") == "ab", "sequence " << sequence.substr(1));
}

BOOST_AUTO_TEST_CASE(a_lone_carriage_return_hides_nothing_in_the_transcript)
{
    BOOST_TEST(transcript("evil\rgood\r\n") == "evil\ngood\n");
    BOOST_TEST(transcript("last\r") == "last\n");
}

BOOST_AUTO_TEST_SUITE_END()
