#pragma once

#include "screen/control_sequence.hpp"

#include <cstdint>
#include <string>

namespace verbatim::screen {

/// How a character is drawn. Colours: 0 the terminal's own, or one of 256, or red, green and blue.
struct look {
    static constexpr std::uint32_t own_color = 0;
    static constexpr std::uint32_t indexed = 1U << 24, rgb = 2U << 24; ///< with the rest below

    enum style : std::uint16_t {
        bold = 1,
        faint = 2,
        italic = 4,
        underlined = 8,
        underlined_twice = 16,
        blinking = 32,
        reversed = 64,
        concealed = 128,
        struck_out = 256,
    };

    std::uint32_t foreground = own_color, background = own_color;
    std::uint16_t styles = 0;

    bool operator==(const look&) const = default;
};

/// What a control sequence SGR changes.
void select_graphic_rendition(look& of, const control_sequence& sequence);
/// The SGR that makes any look this one.
std::string to_sgr(const look& of);

} // namespace verbatim::screen
