#include "screen/control_sequence.hpp"

#include <algorithm>

namespace verbatim::screen {

int control_sequence::value(std::size_t at, int otherwise) const noexcept
{
    if (at >= parameters.size() || parameters[at].value == left_out) return otherwise;
    return parameters[at].value;
}

int control_sequence::count(std::size_t at) const noexcept { return std::max(1, value(at, 1)); }

control_sequence parse_control(
    std::string_view parameters, std::string_view intermediates, char final)
{
    control_sequence out;
    if (!parameters.empty() && parameters.front() >= '<') {
        out.marker = parameters.front();
        parameters.remove_prefix(1);
    }
    out.parameters.emplace_back();
    int digits = 0;
    for (const char c : parameters) {
        if (c >= '0' && c <= '9') {
            if (++digits > control_sequence::most_digits) return out;
            auto& value = out.parameters.back().value;
            value = std::max(value, 0) * 10 + (c - '0');
        } else if (c == ';' || c == ':') {
            digits = 0;
            out.parameters.push_back({control_sequence::left_out, c == ':'});
        } else {
            return out;
        }
    }
    if (intermediates.size() > 1) return out;
    if (!intermediates.empty()) out.intermediate = intermediates.front();
    out.final = final;
    return out;
}

} // namespace verbatim::screen
