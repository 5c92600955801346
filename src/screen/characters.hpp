#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace verbatim::screen {

struct decoded {
    char32_t character;
    std::size_t size; ///< in bytes, 1 or more
};
/// The first character of a text that is not empty; U+FFFD for a byte that begins none.
decoded first_character(std::string_view text);
void append_utf8(std::string& to, char32_t character);

/// How many columns it takes: 2 for wide ones, 0 for marks on the character before, and for what
/// draws nothing.
int columns_of(char32_t character);
/// Is it drawn onto the character before it?
bool is_mark(char32_t character);
/// What a character from 0x20 to 0x7e draws in a national set or the line drawing one (the byte
/// that designates it, ISO 2022: 'B' ASCII, 'A' British, '0' DEC Special Graphics).
char32_t drawn_in_set(char set, char32_t character);

} // namespace verbatim::screen
