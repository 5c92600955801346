#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace verbatim::screen {

/// A control sequence taken apart: "\033[?1;25h" has the marker '?', the parameters 1 and 25 and
/// the final 'h' (ECMA-48, 5.4).
struct control_sequence {
    static constexpr int left_out = -1;
    static constexpr int largest = 65535; ///< larger parameters are taken for this
    static constexpr std::size_t most_parameters = 32;

    struct parameter {
        int value = left_out;
        bool continues = false; ///< after a colon: a part of the one before
    };

    char marker = 0;       ///< '<', '=', '>', '?', or 0
    char intermediate = 0; ///< ' ' to '/', or 0
    char final = 0;
    std::vector<parameter> parameters; ///< at least one

    /// Parameter `at`, or `otherwise` if it is left out.
    int value(std::size_t at, int otherwise) const noexcept;
    /// A count: what is left out, or 0, is 1.
    int count(std::size_t at = 0) const noexcept;
    /// Has it neither marker nor intermediate?
    bool is_plain() const noexcept { return marker == 0 && intermediate == 0; }
};

/// Of control_scanner::item::kind::control. Controls within it are left out. What no terminal
/// would take for a sequence has the final 0.
control_sequence parse_control(std::string_view sequence);

} // namespace verbatim::screen
