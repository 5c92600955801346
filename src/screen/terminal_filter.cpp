#include <verbatim/screen/terminal_filter.hpp>

#include <algorithm>
#include <array>

namespace verbatim::screen {

namespace {

constexpr std::string_view controls_that_draw = "\a\b\t\n\v\f\r\x0e\x0f";
/// Save and restore cursor, index, next line, set tab, reverse index.
constexpr std::string_view escapes_that_draw = "78DEHM";
/// Insert, cursor movement, erase, scroll, repeat, tabs, colours, margins, save and restore.
constexpr std::string_view csi_that_draws = "@ABCDEFGHIJKLMPSTXZ`abdefgmrsu";
/// Numbers above this are nonsense for a screen and have hung terminals (CSI 999999999 b).
constexpr std::size_t max_parameter_digits = 5;

/// DEC private modes that concern the picture: reverse video, origin, wrap, blink, cursor, reverse
/// wrap, the alternate screens, left and right margins.
constexpr std::array<std::string_view, 11> drawing_modes = {
    "5", "6", "7", "12", "25", "45", "47", "69", "1047", "1048", "1049"};

/// Cursor keys, keypad, mouse reports in all their forms, pasting in brackets.
constexpr std::array<std::string_view, 9> key_modes = {
    "1", "66", "1000", "1002", "1003", "1005", "1006", "1015", "2004"};
/// Application and numeric keypad.
constexpr std::string_view escapes_of_keys = "=>";

bool are_plain_parameters(std::string_view parameters) noexcept
{
    std::size_t digits = 0;
    for (const char c : parameters) {
        if (c >= '0' && c <= '9') {
            if (++digits > max_parameter_digits) return false;
        } else if (c == ';' || c == ':') {
            digits = 0;
        } else {
            return false;
        }
    }
    return true;
}

bool contains(std::string_view set, char c) noexcept { return set.find(c) != set.npos; }

} // namespace

void terminal_filter::filter(std::string_view bytes, std::string& out)
{
    out_ = &out;
    scanner_.feed(bytes);
    out_ = nullptr;
}

void terminal_filter::finish(std::string& out)
{
    out_ = &out;
    scanner_.finish();
    out_ = nullptr;
}

void terminal_filter::on_text(std::string_view utf8) { out_->append(utf8); }

void terminal_filter::on_control(char control)
{
    if (control != 0 && contains(controls_that_draw, control)) out_->push_back(control);
}

void terminal_filter::on_escape(std::string_view intermediates, char final)
{
    if (intermediates.empty()) {
        const bool keys = who_ == viewer::types && contains(escapes_of_keys, final);
        if (keys || contains(escapes_that_draw, final)) {
            out_->push_back('\x1b');
            out_->push_back(final);
        } else if (final == 'c') {
            // A full reset would also undo the viewer's own settings; this clears what drawing set.
            alternate_screen_ = false;
            out_->append("\x1b[!p\x1b[?1049l\x1b[H\x1b[2J");
        }
        return;
    }
    if (intermediates.size() != 1) return;
    // Line drawing and back, and double-size lines. ESC % would leave UTF-8 and turn bytes inside
    // characters into controls.
    const bool charset = contains("()*+", intermediates[0]) && contains("0AB", final);
    const bool line_size = intermediates[0] == '#' && contains("34568", final);
    if (!charset && !line_size) return;
    out_->push_back('\x1b');
    out_->push_back(intermediates[0]);
    out_->push_back(final);
}

void terminal_filter::on_csi(
    std::string_view parameters, std::string_view intermediates, char final)
{
    const bool is_private = !parameters.empty() && parameters[0] == '?';
    const auto numbers = is_private ? parameters.substr(1) : parameters;
    if (!are_plain_parameters(numbers)) return;
    bool draws = false;
    if (intermediates.empty()) {
        if (final == 'h' || final == 'l') {
            pass_modes(is_private ? "?" : "", numbers, final);
            return;
        }
        const bool tabs = final == 'W' && numbers == "5"; // the usual stops
        draws = is_private ? contains("JK", final) || tabs : contains(csi_that_draws, final);
    } else if (!is_private && intermediates.size() == 1) {
        // Cursor shape, scrolling sideways, soft reset, rectangles filled and erased.
        draws = (intermediates[0] == ' ' && contains("q@A", final)) ||
                (intermediates[0] == '!' && final == 'p') ||
                (intermediates[0] == '$' && contains("xz", final));
    }
    if (!draws) return;
    out_->append("\x1b[").append(parameters).append(intermediates).push_back(final);
}

/// Of a list of modes those that concern the picture.
void terminal_filter::pass_modes(std::string_view prefix, std::string_view numbers, char final)
{
    std::string kept;
    while (!numbers.empty()) {
        const auto number = numbers.substr(0, numbers.find(';'));
        numbers.remove_prefix(std::min(numbers.size(), number.size() + 1));
        const auto is_in = [&](const auto& modes) {
            return std::ranges::find(modes, number) != modes.end();
        };
        const bool passes =
            prefix.empty() ? number == "4" // insert mode
                           : is_in(drawing_modes) || (who_ == viewer::types && is_in(key_modes));
        if (!passes) continue;
        if (number == "47" || number == "1047" || number == "1049")
            alternate_screen_ = final == 'h';
        if (!kept.empty()) kept.push_back(';');
        kept.append(number);
    }
    if (!kept.empty()) out_->append("\x1b[").append(prefix).append(kept).push_back(final);
}

void transcript_filter::filter(std::string_view bytes, std::string& out)
{
    out_ = &out;
    scanner_.feed(bytes);
    out_ = nullptr;
}

void transcript_filter::finish(std::string& out)
{
    out_ = &out;
    scanner_.finish();
    end_pending_line();
    out_ = nullptr;
}

void transcript_filter::end_pending_line()
{
    if (carriage_return_) out_->push_back('\n');
    carriage_return_ = false;
}

void transcript_filter::on_text(std::string_view utf8)
{
    end_pending_line();
    out_->append(utf8);
}

void transcript_filter::on_control(char control)
{
    switch (control) {
    case '\r': carriage_return_ = true; return; // terminals send CR CR LF as well
    case '\n':
    case '\v':
    case '\f':
        carriage_return_ = false;
        out_->push_back('\n');
        return;
    case '\t':
        end_pending_line();
        out_->push_back('\t');
        return;
    default: return;
    }
}

} // namespace verbatim::screen
