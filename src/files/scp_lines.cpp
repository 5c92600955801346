#include "files/scp_lines.hpp"

#include <charconv>

namespace verbatim::files {
namespace {

template <class Number>
bool take_number(std::string_view& text, Number& out, int base)
{
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, out, base);
    if (error != std::errc{} || rest == end || *rest != ' ') return false;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()) + 1);
    return true;
}

} // namespace

std::optional<scp_line> read_scp_line(std::string_view line)
{
    if (line.empty()) return std::nullopt;
    scp_line out;
    out.type = line.front();
    line.remove_prefix(1);
    if (out.type == 'E' && line.empty()) return out;
    if (out.type == 'T' && line.find_first_not_of("0123456789 ") == line.npos) return out;
    if (out.type != 'C' && out.type != 'D') return std::nullopt;
    constexpr std::uint32_t permission_bits = 07777;
    constexpr std::size_t digits = 4;
    if (line.find(' ') != digits || !take_number(line, out.mode, 8) || out.mode > permission_bits)
        return std::nullopt;
    if (!take_number(line, out.size, 10) || line.empty()) return std::nullopt;
    out.name = line;
    return out;
}

} // namespace verbatim::files
