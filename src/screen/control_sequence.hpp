#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace verbatim::screen {

/// A control sequence taken apart: "\033[?1;25h" has the marker '?', the parameters 1 and 25 and
/// the final 'h' (ECMA-48, 5.4).
struct control_sequence {
    static constexpr int left_out = -1;
    static constexpr int most_digits = 5;

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
};

/// As escape_sink::on_csi gives it. What nobody is shown, since terminal_filter leaves it out
/// (longer numbers than most_digits, several intermediates), has the final 0.
control_sequence parse_control(
    std::string_view parameters, std::string_view intermediates, char final);

} // namespace verbatim::screen
