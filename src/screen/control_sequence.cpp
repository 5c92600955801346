#include "screen/control_sequence.hpp"

#include <algorithm>

namespace verbatim::screen {
namespace {

bool is_between(char c, char first, char last) { return c >= first && c <= last; }

} // namespace

int control_sequence::value(std::size_t at, int otherwise) const noexcept
{
    if (at >= parameters.size() || parameters[at].value == left_out) return otherwise;
    return parameters[at].value;
}

int control_sequence::count(std::size_t at) const noexcept { return std::max(1, value(at, 1)); }

control_sequence parse_control(std::string_view sequence)
{
    control_sequence out;
    out.parameters.emplace_back();
    constexpr std::size_t introducer = 2;
    bool too_many = false;
    for (std::size_t i = introducer; i < sequence.size(); ++i) {
        const char c = sequence[i];
        auto& last = out.parameters.back().value;
        if (is_between(c, '0', '9') && out.intermediate == 0) {
            if (too_many) continue;
            last = std::min(std::max(last, 0) * 10 + (c - '0'), control_sequence::largest);
        } else if (is_between(c, ':', ';') && out.intermediate == 0) {
            too_many = too_many || out.parameters.size() == control_sequence::most_parameters;
            if (!too_many) out.parameters.push_back({control_sequence::left_out, c == ':'});
        } else if (is_between(c, '<', '?') && i == introducer) {
            out.marker = c;
        } else if (is_between(c, ' ', '/') && out.intermediate == 0) {
            out.intermediate = c;
        } else if (is_between(c, '@', '~') && i + 1 == sequence.size()) {
            out.final = c;
        } else if (is_between(c, ' ', '~')) {
            break;
        }
    }
    return out;
}

} // namespace verbatim::screen
