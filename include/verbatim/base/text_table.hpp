#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim {

/// How many columns of a terminal this UTF-8 text takes, a character being one wide.
std::size_t columns_of(std::string_view utf8) noexcept;

/// Appends `cell` and the blanks that make it `width` wide; one where it is wider.
void append_padded(std::string& out, std::string_view cell, std::size_t width);

/// Lines with every column as wide as its widest cell, but for the last; two blanks between.
std::string aligned(const std::vector<std::vector<std::string>>& rows);

} // namespace verbatim
