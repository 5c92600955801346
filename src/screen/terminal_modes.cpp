#include "screen/terminal_modes.hpp"

#include <algorithm>
#include <array>

namespace verbatim::screen {
namespace {

// Those that a painted terminal is given, and whether they are on after a reset. Others are not
// passed on: nobody knows what they do.
struct known_mode {
    int number;
    bool usual;
};
constexpr std::array<known_mode, 14> known_modes{{{1, false}, {5, false}, {25, true}, {66, false},
    {9, false}, {1000, false}, {1002, false}, {1003, false}, {1004, false}, {1005, false},
    {1006, false}, {1007, false}, {1015, false}, {2004, false}}};

std::string switched(int mode, bool on)
{
    return "\033[?" + std::to_string(mode) + (on ? 'h' : 'l');
}

} // namespace

void terminal_modes::see_escape(std::string_view intermediates, char final)
{
    if (!intermediates.empty()) return;
    if (final == '=') keypad_ = true;
    else if (final == '>') keypad_ = false;
    else if (final == 'c') *this = {};
}

void terminal_modes::see_control(const control_sequence& s)
{
    constexpr int last_shape = 6;
    if (s.marker == 0 && s.intermediate == ' ' && s.final == 'q') {
        cursor_shape_ = std::clamp(s.value(0, 0), 0, last_shape);
    } else if (s.marker == 0 && s.intermediate == '!' && s.final == 'p') { // a soft reset
        for (const int mode : {1, 25, 66}) private_.erase(mode);
        keypad_ = false;
    } else if (s.marker == '?' && s.intermediate == 0 && (s.final == 'h' || s.final == 'l')) {
        for (std::size_t i = 0; i < s.parameters.size(); ++i) set(s.value(i, 0), s.final == 'h');
    }
}

void terminal_modes::set(int mode, bool on)
{
    const auto* const known = std::find_if(known_modes.begin(), known_modes.end(),
        [&](const known_mode& each) { return each.number == mode; });
    if (known == known_modes.end()) return;
    if (on == known->usual) private_.erase(mode);
    else private_[mode] = on;
}

std::string terminal_modes::reset()
{
    std::string out;
    for (const auto& each : known_modes) out += switched(each.number, each.usual);
    return out + "\033>\033[0 q";
}

std::string terminal_modes::paint() const
{
    std::string out;
    for (const auto& [mode, on] : private_) out += switched(mode, on);
    if (keypad_) out += "\033=";
    if (cursor_shape_ != 0) out += "\033[" + std::to_string(cursor_shape_) + " q";
    return out;
}

} // namespace verbatim::screen
