#include <verbatim/screen/emulator.hpp>

#include <boost/test/unit_test.hpp>

#include <random>
#include <string>
#include <vector>

namespace screen = verbatim::screen;
using verbatim::as_bytes;

namespace {

void feed(screen::emulator& to, std::string_view text) { to.feed(as_bytes(text)); }

screen::emulator shown(std::string_view text, int columns = 20, int rows = 6)
{
    screen::emulator out(columns, rows);
    feed(out, text);
    return out;
}

// Painting is a function of everything that is known of a screen, so equal paints are equal
// screens.
void check_same(const screen::emulator& a, const screen::emulator& b, const std::string& what)
{
    BOOST_TEST_CONTEXT(what)
    {
        BOOST_TEST((a.cursor() == b.cursor()));
        BOOST_TEST(a.text() == b.text(), boost::test_tools::per_element());
        BOOST_TEST(a.paint() == b.paint());
    }
}

// Whoever joins at any point of the output is painted the screen, and sees the rest alike.
void check_joining(std::string_view output, int columns = 20, int rows = 6)
{
    for (std::size_t cut = 0; cut <= output.size(); ++cut) {
        auto owner = shown(output.substr(0, cut), columns, rows);
        auto late =
            shown("dirt \033[41m\033[?1049h\033[3g\033[3;5r\033[?6h\033[4hmore\016", columns, rows);
        feed(late, owner.paint());
        BOOST_TEST((late.cursor() == owner.cursor()), "cursor, cut at " << cut);
        feed(owner, output.substr(cut));
        feed(late, output.substr(cut));
        BOOST_TEST_CONTEXT("cut at " << cut)
        {
            BOOST_TEST((late.cursor() == owner.cursor()));
            BOOST_TEST(late.text() == owner.text(), boost::test_tools::per_element());
            BOOST_TEST(late.paint() == owner.paint());
        }
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(emulator_suite)

BOOST_AUTO_TEST_CASE(follows_text_and_cursor)
{
    const auto e = shown("one\r\ntwo\033[2;2H*");
    BOOST_TEST(e.text()[0] == "one");
    BOOST_TEST(e.text()[1] == "t*o");
    BOOST_TEST((e.cursor() == screen::emulator::position{1, 2}));
}

BOOST_AUTO_TEST_CASE(a_shell)
{
    check_joining("$ ls\r\na b\r\n\033[01;34mdir\033[0m  \033[1mx\033[m\r\n$ \033[K");
}

BOOST_AUTO_TEST_CASE(colours_and_styles)
{
    check_joining(
        "\033[31;44mA\033[38;5;200mB\033[48;2;1;2;3mC\033[7mD\033[27;4mE\033[9;3;5mF\033[mG"
        "\033[41m\033[KX\033[97;103mY");
}

BOOST_AUTO_TEST_CASE(a_full_screen_program)
{
    check_joining(
        "$ vim\r\n\033[?1049h\033[?1h\033=\033[2J\033[1;6r\033[?25l\033[1;1H~\r\n~\033[6;1Htext"
        "\033[?25h\033[2;3H\033[?2004h\033[2;5r\033[5;1H\n\033[r\033[3;3Hz\033[?1049l\033[?1l"
        "\033>after\r\n$ ");
}

BOOST_AUTO_TEST_CASE(line_drawing) { check_joining("\033(0lqqk\033(B ab\r\n\033)0\016mqqj\017x"); }

BOOST_AUTO_TEST_CASE(margins_and_origin)
{
    check_joining(
        "\033[2;4r\033[?6h\033[1;1Ha\r\nb\r\nc\r\nd\r\n\033[?6l\033[6;1Hstatus\0337\033[3;1H"
        "mid\0338!\033[r\033[5;1Hx");
}

BOOST_AUTO_TEST_CASE(the_right_margin)
{
    check_joining("12345678901234567890\033[1mX\r\n12345678901234567890\b\b!\r\n"
                  "1234567890123456789\xe4\xbd\xa0"
                  "abc\r\n123456789012345678\xe4\xbd\xa0"
                  "b");
    check_joining("\033[?7l12345678901234567890abc\033[?7hd");
}

BOOST_AUTO_TEST_CASE(wide_and_combining)
{
    check_joining("\xe4\xbd\xa0\xe5\xa5\xbd e\xcc\x81 \xf0\x9f\x98\x80 z\033[1;2H*", 8, 3);
}

BOOST_AUTO_TEST_CASE(widths_are_those_that_programs_count_with)
{
    const auto column = [](std::string_view text) { return shown(text).cursor().column; };
    BOOST_TEST(column("\xe0\xa4\x95\xe0\xa4\xbe") == 2);                  // Devanagari ka, aa
    BOOST_TEST(column("\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8") == 2);      // Hangul in parts
    BOOST_TEST(column("e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85") == 1); // many marks
    BOOST_TEST(column("\xf0\x9f\x91\xa9\xe2\x80\x8d") == 2);              // and a joiner
    BOOST_TEST(column("\xee\x82\xa0\xef\xbf\xbd\xe2\x94\x80") == 3);      // of fonts; lines
    BOOST_TEST(column("\xff\xfe") == 2);                                  // no characters
}

BOOST_AUTO_TEST_CASE(insert_mode_and_tabs)
{
    check_joining("abc\033[1;2H\033[4hXY\033[4l\tz\r\n\ta");
}

BOOST_AUTO_TEST_CASE(small_and_absurd_sizes)
{
    const auto tiny = shown("a\xe4\xbd\xa0\r\n\033[2Jb\033[?1049hc\033[?1049l", 1, 1);
    auto late = shown("", 1, 1);
    feed(late, tiny.paint());
    BOOST_TEST(late.text() == tiny.text(), boost::test_tools::per_element());
    const auto huge = shown("x", 1'000'000, 1'000'000);
    BOOST_TEST(huge.columns() == screen::emulator::most_columns);
    BOOST_TEST(shown("x", 0, -5).rows() == 1);
}

BOOST_AUTO_TEST_CASE(characters_are_repeated)
{
    BOOST_TEST(shown("\033[5b", 20, 6).text().front() == ""); // nothing to repeat, and it ends
    BOOST_TEST(shown("ab\033[3bc", 20, 6).text().front() == "abbbbc");
    BOOST_TEST(
        shown("\xe4\xbd\xa0\033[1m\033[b", 20, 6).text().front() == "\xe4\xbd\xa0\xe4\xbd\xa0");
    const auto full = shown("x\033[99999b", 20, 6);
    BOOST_TEST(full.text().front() == std::string(20, 'x'));
    check_joining("ab\033[3b\033[18bcd");
}

BOOST_AUTO_TEST_CASE(no_half_of_a_wide_character_stays)
{
    const std::string wide = "\xe4\xbd\xa0\xe5\xa5\xbd"; // two of them, four columns
    BOOST_TEST(shown(wide + "\033[1;2H*").text()[0] == " *\xe5\xa5\xbd");
    BOOST_TEST(shown(wide + "\033[1;3H*").text()[0] == "\xe4\xbd\xa0*");
    BOOST_TEST(shown(wide + "\033[1;2H\033[P.").text()[0] == " .");
    BOOST_TEST(shown(wide + "\033[1;2H\033[@.").text()[0] == " . \xe5\xa5\xbd");
    BOOST_TEST(shown(wide + "\033[1;2H\033[K").text()[0] == "");
    BOOST_TEST(shown(wide + "\033[1;4H\033[1K").text()[0] == "");
    auto narrowed = shown(wide);
    narrowed.resize(3, 2);
    BOOST_TEST(narrowed.text()[0] == "\xe4\xbd\xa0");
}

BOOST_AUTO_TEST_CASE(no_room_for_a_wide_character)
{
    BOOST_TEST(shown("\xe4\xbd\xa0", 1, 2).text()[0] == "");
    BOOST_TEST(shown("ab\xe4\xbd\xa0", 3, 2).text()[1] == "\xe4\xbd\xa0");
    BOOST_TEST(shown("\033[?7lab\xe4\xbd\xa0", 3, 2).text()[0] == "ab");
}

BOOST_AUTO_TEST_CASE(tab_stops)
{
    BOOST_TEST(shown("\tx").text()[0] == "        x");
    BOOST_TEST(shown("\033[3g\033[1;4H\033H\r\tx\ty").text()[0] == "   x               y");
    BOOST_TEST(shown("\033[1;9H\033[g\r\tx").text()[0] == "                x");
    BOOST_TEST(shown("0123456789\033[Zx\033[2Zy").text()[0] == "y1234567x9");
    check_joining("\033[3g\033[1;4H\033H\033[1;12H\033H\r\tx\ty\033[2Zz");
    auto grown = shown("", 10, 2);
    grown.resize(30, 2);
    feed(grown, "\t\t\tx");
    BOOST_TEST(grown.text()[0] == std::string(24, ' ') + 'x');
}

BOOST_AUTO_TEST_CASE(margins_at_the_sides)
{
    const auto e = shown("0123456789\r\nabcdefghij\033[?69h\033[3;6s\033[1;3H\033[P\033[2;4H\033[@"
                         "\033[1;3H\033M\033[2;5Hxyz");
    BOOST_TEST(e.text()[0] == "01    6789");
    BOOST_TEST(e.text()[1] == "ab34xyghij");
    BOOST_TEST(e.text()[2] == "  z de");
    check_joining("0123456789\r\nabcdefghij\033[?69h\033[3;6s\033[1;3H\033[P\033[2;4H\033[@"
                  "\033[1;3H\033M\033[2;5Hxyz\033[?69lq");
}

BOOST_AUTO_TEST_CASE(what_is_saved_with_the_cursor)
{
    const auto e = shown("\033[2;3H\033[1m\033(0\0337\033[0m\033(B\033[5;1Ha\0338q");
    BOOST_TEST(e.text()[1] == "  \xe2\x94\x80");
    BOOST_TEST(e.text()[4] == "a");
    check_joining(
        "\033[2;3H\033[1m\033(0\0337\033[0m\033(B\033[5;1Ha\0338q\033[?1049hbc\0337\033[3;3H"
        "d\0338e\033[?1049lf\0338g");
    check_joining("\033[2;5r\033[?6h\033[3;3H\0337\033[?6l\033[ra\0338b\033[?6hc");
}

BOOST_AUTO_TEST_CASE(a_new_size_keeps_the_cursors_row)
{
    auto e = shown("1\r\n2\r\n3\r\n4\r\n5\r\n6");
    e.resize(20, 3);
    BOOST_TEST(
        e.text() == (std::vector<std::string>{"4", "5", "6"}), boost::test_tools::per_element());
    BOOST_TEST((e.cursor() == screen::emulator::position{2, 1}));
    e.resize(20, 5);
    BOOST_TEST(e.text()[0] == "4");
    auto high = shown("\033[?1049h\033[2Ja\033[2;1Hb\033[1;1H");
    high.resize(20, 2);
    BOOST_TEST(high.text()[1] == "b");
}

BOOST_AUTO_TEST_CASE(resets)
{
    const auto e = shown("\033[31m\033(0\033[2;4r\033[?6h\033[4h\033[20hq\033[!pq\033[1mx\033cq");
    BOOST_TEST(e.text()[0] == "q");
    BOOST_TEST(e.paint() == shown("q").paint());
    BOOST_TEST(shown("\033[2;3H\033#8x").text()[0] == "x" + std::string(19, 'E'));
}

BOOST_AUTO_TEST_CASE(styles_of_all_kinds)
{
    check_joining(
        "\033[2mfaint\033[22;8mhidden\033[28;4:3mcurly\033[4:0mplain\033[4:2mtwice\033[24m"
        "\033[38:5:200mA\033[38:2::1:2:3mB\033[48:2:4:5:6mC\033[58;5;9mD\033[38;9;1mE\033[38mF");
    BOOST_TEST(shown("\033[2mx").paint().find("\033[0;2m") != std::string::npos);
    BOOST_TEST(
        shown("\033[38;2;1;2;3;1mx").paint().find("\033[0;1;38;2;1;2;3m") != std::string::npos);
    BOOST_TEST(
        shown("\033[38:2:1:2:3;1mx").paint().find("\033[0;1;38;2;1;2;3m") != std::string::npos);
    BOOST_TEST(shown("\033[58;2;1;2;3;1mx").paint().find("\033[0;1m") != std::string::npos);
    BOOST_TEST(shown("\033[38;5;999;1mx").paint().find("\033[0;1m") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(rectangles)
{
    const auto e = shown("abcdef\r\nabcdef\r\nabcdef\033[42;1;2;2;3$x\033[3;5$z");
    BOOST_TEST(e.text()[0] == "a**def");
    BOOST_TEST(e.text()[1] == "a**def");
    BOOST_TEST(e.text()[2] == "abcd");
    const auto inside = shown("\033[2;4r\033[?6h\033[43;1;1;99;2$x");
    BOOST_TEST(inside.text()[0] == "");
    BOOST_TEST(inside.text()[3] == "++");
    BOOST_TEST(inside.text()[4] == "");
    for (const std::string odd : {"\033[7;1;1;2;2$x", "\033[42;3;1;2;2$x", "\033[42;99;99;1;1$x"})
        BOOST_TEST(shown("ab" + odd).text()[0] == "ab");
}

BOOST_AUTO_TEST_CASE(a_string_shows_nothing_however_long)
{
    check_joining("a\033P" + std::string(40, 'q') + "\adef\033\\b\033kuser@host\033\\c");
    BOOST_TEST(shown("\033_" + std::string(70'000, 'x') + "\033\\b").text()[0] == "b");
}

BOOST_AUTO_TEST_CASE(controls_work_within_sequences_and_in_eight_bits)
{
    BOOST_TEST(shown("a\033[2\r\nCb").text()[1] == "  b");
    BOOST_TEST(shown("a\x9b"
                     "3Cb\xc2\x9b"
                     "1Cc")
                   .text()[0] == "a   b c");
    check_joining("a\033[2\r\nCb\xc2\x9b"
                  "3Cc");
}

BOOST_AUTO_TEST_CASE(work_is_done_in_portions)
{
    screen::emulator e(200, 100);
    std::string dear = "\033[?69h\033[1;199s\033[100H" + std::string(1'000, '\n') + "\033[1;1Hdone";
    std::size_t portions = 0;
    for (std::string_view left = dear; !left.empty(); ++portions) {
        const auto taken = e.feed_some(as_bytes(left), 50'000);
        BOOST_REQUIRE(taken > 0u);
        left.remove_prefix(taken);
    }
    BOOST_TEST(portions > 20u);
    BOOST_TEST(e.text()[0] == "done");
}

BOOST_AUTO_TEST_CASE(absurd_sequences)
{
    const std::string many(5000, ';');
    const auto e =
        shown("\033[" + many + "mA\033[99999999999999999999;99999999999999999999HB\033[" +
              "\033[999999S\033[H\033[-5CC\033[1$yD");
    BOOST_TEST(e.text()[0] == "CD");
    for (const std::string huge : {"\033[65535S", "\033[65535T", "\033[65535L", "\033[65535M",
             "\033[65535P", "\033[65535@", "\033[65535X", "\033[65535I", "\033[65535Z"})
        BOOST_TEST(shown("abc" + huge + "\033[H!").text()[0].front() == '!');
}

BOOST_AUTO_TEST_CASE(margins_end_with_the_size_that_they_were_for)
{
    for (const std::string margins :
        {"\033[3;5r", "\033[?69h\033[10;15s", "\033[?69h\033[10;15s\033[3;5r"}) {
        auto shrunk = shown(margins + "\033[5;3Hx", 20, 6);
        shrunk.resize(5, 1);
        feed(shrunk, "a\r\nb\r\nc\033M\033[Ld\033[P\033[@e\033[4L\033[4M\033[S\033[T\n\n");
        shrunk.resize(20, 6);
        feed(shrunk, "\033[Hwhole\033[6;1Hlast");
        BOOST_TEST(shrunk.text().front() == "whole");
        BOOST_TEST(shrunk.text().back() == "last");
    }
}

BOOST_AUTO_TEST_CASE(bytes_and_blocks_are_the_same)
{
    const std::string output = "a\xc3\xa9\033[1;31mred\033]0;t\a\r\n\033(0q\033(B\xe4\xbd\xa0"
                               "12345678901234567890x";
    const auto whole = shown(output);
    screen::emulator bytewise(20, 6);
    for (const char c : output) feed(bytewise, std::string_view(&c, 1));
    check_same(whole, bytewise, "bytewise");
}

BOOST_AUTO_TEST_CASE(bulk_shows_what_it_would_have)
{
    std::string bulk;
    for (int i = 0; i < 5'000; ++i)
        bulk += "line " + std::to_string(i * 7919) +
                std::string(static_cast<std::size_t>(i % 50), '.') + "\r\n";
    bulk += "$ ";
    const auto whole = shown("top\r\n" + bulk);
    screen::emulator small_steps(20, 6);
    feed(small_steps, "top\r\n");
    for (std::size_t at = 0; at < bulk.size(); at += 100)
        feed(small_steps, std::string_view(bulk).substr(at, 100));
    check_same(whole, small_steps, "bulk");
}

BOOST_AUTO_TEST_CASE(resizing_keeps_the_rest)
{
    auto e = shown("one\r\ntwo\033[2;4r");
    e.resize(10, 4);
    auto late = shown("", 10, 4);
    feed(late, e.paint());
    check_same(e, late, "resized");
}

BOOST_AUTO_TEST_CASE(a_paint_makes_no_terminal_answer)
{
    auto e = shown("\033[c\033[6n\033]52;c;aGk=\a\033P$qm\033\\\033]0;ti\001tle\a\033[?1049h");
    const auto paint = e.paint();
    BOOST_TEST(paint.find("\033]52") == paint.npos);
    BOOST_TEST(paint.find("\033P") == paint.npos);
    BOOST_TEST(paint.find("6n") == paint.npos);
    BOOST_TEST(paint.find("\033]") == paint.npos);
}

BOOST_AUTO_TEST_CASE(garbage_is_painted_alike)
{
    std::mt19937 random(7);
    const std::string_view alphabet[] = {"\033[", "\033", "1", "0", ";", "?", "H", "m", "J", "K",
        "r", "h", "l", "49", "25", "A", "B", "C", "D", "L", "M", "P", "@", "X", "\r", "\n", "\b",
        "\t", "\016", "\017", "(0", "(B", "7", "8", "c", "\xe4\xbd\xa0", "\xff", "\xe4", "abc", " ",
        "\033]0;", "\a", "\033\\", "\030", "S", "T", "d", "G", "6", "4"};
    for (int round = 0; round < 3'000; ++round) {
        std::string output;
        for (int i = 0; i < 60; ++i) output += alphabet[random() % std::size(alphabet)];
        auto e =
            shown(output, 3 + static_cast<int>(random() % 20), 1 + static_cast<int>(random() % 8));
        screen::emulator late(e.columns(), e.rows());
        feed(late, e.paint());
        BOOST_TEST_CONTEXT("round " << round)
        {
            BOOST_TEST(late.text() == e.text(), boost::test_tools::per_element());
            BOOST_TEST((late.cursor() == e.cursor()));
            BOOST_TEST(late.paint() == e.paint());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
