#include <verbatim/base/text_table.hpp>

#include <algorithm>

namespace verbatim {

std::size_t columns_of(std::string_view utf8) noexcept
{
    return static_cast<std::size_t>(std::ranges::count_if(
        utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

void append_padded(std::string& out, std::string_view cell, std::size_t width)
{
    out.append(cell);
    const auto taken = columns_of(cell);
    out.append(taken < width ? width - taken : 1, ' ');
}

std::string aligned(const std::vector<std::vector<std::string>>& rows)
{
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], columns_of(row[i]));
    }
    std::string out;
    for (const auto& row : rows) {
        for (std::size_t i = 0; i + 1 < row.size(); ++i) append_padded(out, row[i], widths[i] + 2);
        if (!row.empty()) out.append(row.back());
        out.push_back('\n');
    }
    return out;
}

} // namespace verbatim
