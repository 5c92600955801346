#include "screen/characters.hpp"

#include <utf8proc.h>

#include <array>

namespace verbatim::screen {
namespace {

constexpr char32_t replacement = 0xfffd;

// Vowels and finals of Hangul, which are drawn into the syllable that has begun.
bool is_joining_hangul(char32_t c)
{
    return (c >= 0x1160 && c < 0x1200) || (c >= 0xd7b0 && c < 0xd800);
}

// 0x5f to 0x7e of DEC Special Graphics (VT100 user guide, table 3-9).
constexpr std::array<char32_t, 32> line_drawing{0x20, 0x25c6, 0x2592, 0x2409, 0x240c, 0x240d,
    0x240a, 0xb0, 0xb1, 0x2424, 0x240b, 0x2518, 0x2510, 0x250c, 0x2514, 0x253c, 0x23ba, 0x23bb,
    0x2500, 0x23bc, 0x23bd, 0x251c, 0x2524, 0x2534, 0x252c, 0x2502, 0x2264, 0x2265, 0x3c0, 0x2260,
    0xa3, 0xb7};

} // namespace

decoded first_character(std::string_view text)
{
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) return {lead, 1};
    utf8proc_int32_t character = -1;
    const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
        static_cast<utf8proc_ssize_t>(text.size()), &character);
    if (size <= 0 || character < 0) return {replacement, 1};
    return {static_cast<char32_t>(character), static_cast<std::size_t>(size)};
}

void append_utf8(std::string& to, char32_t character)
{
    std::array<utf8proc_uint8_t, 4> bytes{};
    const auto size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(character), bytes.data());
    to.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
}

int columns_of(char32_t character)
{
    if (character < 0x7f) return character < 0x20 ? 0 : 1;
    if (is_joining_hangul(character)) return 0;
    const auto code = static_cast<utf8proc_int32_t>(character);
    // Marks with a place of their own: as wcwidth() has it, which terminals and programs go by.
    if (utf8proc_category(code) == UTF8PROC_CATEGORY_MC) return 1;
    return utf8proc_charwidth(code);
}

bool is_mark(char32_t character)
{
    constexpr char32_t joiner = 0x200d;
    if (is_joining_hangul(character)) return true;
    switch (utf8proc_category(static_cast<utf8proc_int32_t>(character))) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME: return true;
    default: return character == joiner;
    }
}

char32_t drawn_in_set(char set, char32_t character)
{
    constexpr char32_t first = 0x5f, last = 0x7e, number_sign = 0x23, pound = 0xa3;
    if (set == '0' && character >= first && character <= last)
        return line_drawing[character - first];
    return set == 'A' && character == number_sign ? pound : character;
}

} // namespace verbatim::screen
