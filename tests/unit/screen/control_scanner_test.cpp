#include "screen/control_scanner.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using verbatim::screen::control_scanner;
using kind = control_scanner::item::kind;

namespace {

struct seen {
    kind what;
    std::string bytes;
    bool operator==(const seen&) const = default;
};
std::ostream& operator<<(std::ostream& to, const seen& one)
{
    return to << static_cast<int>(one.what) << ':' << one.bytes;
}

// Text is joined: how it was cut must not matter.
std::vector<seen> items_of(const std::vector<std::string>& pieces, std::string* rest = nullptr)
{
    control_scanner scanner;
    std::vector<seen> out;
    for (const auto& piece : pieces) {
        scanner.feed(piece);
        for (auto item = scanner.next(); item.what != kind::end; item = scanner.next()) {
            if (item.what == kind::text && !out.empty() && out.back().what == kind::text)
                out.back().bytes += item.bytes;
            else out.push_back({item.what, std::string(item.bytes)});
        }
    }
    if (rest) *rest = scanner.unfinished();
    return out;
}

std::vector<std::string> single_bytes(const std::string& text)
{
    std::vector<std::string> out;
    for (const char c : text) out.emplace_back(1, c);
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(control_scanner_suite)

BOOST_AUTO_TEST_CASE(cuts_output_into_text_and_sequences)
{
    const std::string output =
        "a\xc3\xa9\r\n\033[1;31mred\033(0q\016x\017\033]0;title\a\033Pq#1\033\\\0337z";
    const std::vector<seen> wanted{{kind::text, "a\xc3\xa9\r\n"}, {kind::control, "\033[1;31m"},
        {kind::text, "red"}, {kind::escape, "\033(0"}, {kind::text, "q"}, {kind::shift, "\016"},
        {kind::text, "x"}, {kind::shift, "\017"}, {kind::string, "\033]0;title\a"},
        {kind::string, "\033Pq#1\033\\"}, {kind::escape, "\0337"}, {kind::text, "z"}};
    const auto whole = items_of({output});
    BOOST_CHECK_EQUAL_COLLECTIONS(whole.begin(), whole.end(), wanted.begin(), wanted.end());
    const auto bytewise = items_of(single_bytes(output));
    BOOST_CHECK_EQUAL_COLLECTIONS(bytewise.begin(), bytewise.end(), wanted.begin(), wanted.end());
}

BOOST_AUTO_TEST_CASE(what_is_not_whole_waits)
{
    for (const std::string part : {"\033", "\033[", "\033[1;3", "\033]0;ti", "\033]0;ti\033",
             "\033(", "\xe2\x82", "\xf0\x9f\x98"}) {
        std::string rest;
        BOOST_TEST(items_of({part}, &rest).empty());
        BOOST_TEST(rest == part);
    }
}

BOOST_AUTO_TEST_CASE(a_sequence_can_be_given_up)
{
    BOOST_TEST((items_of({"\033[1\0302"}) ==
                std::vector<seen>{{kind::escape, "\033[1\030"}, {kind::text, "2"}}));
    BOOST_TEST((items_of({"\033[1\033[m"}) ==
                std::vector<seen>{{kind::escape, "\033[1"}, {kind::control, "\033[m"}}));
}

BOOST_AUTO_TEST_CASE(endless_strings_are_bounded)
{
    control_scanner scanner;
    scanner.feed("\033P");
    for (int i = 0; i < 100; ++i) {
        scanner.feed(std::string(10'000, 'x'));
        while (scanner.next().what != kind::end) {
        }
        BOOST_TEST(scanner.unfinished().size() <= control_scanner::longest_sequence);
    }
    scanner.feed("xx\033\\after");
    const auto item = scanner.next();
    BOOST_TEST((item.what == kind::text));
    BOOST_TEST(item.bytes == "after");
}

BOOST_AUTO_TEST_SUITE_END()
