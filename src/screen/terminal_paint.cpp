// A terminal's screen as the output that makes it.
#include "screen/terminal.hpp"

#include <algorithm>

namespace verbatim::screen {
namespace {

std::string placed(int row, int column)
{
    return "\033[" + std::to_string(row + 1) + ';' + std::to_string(column + 1) + 'H';
}

std::string both(const char* before, int first, int last, char final)
{
    return before + std::to_string(first + 1) + ';' + std::to_string(last + 1) + final;
}

constexpr const char* clear = "\033[0m\033[H\033[2J";

} // namespace

// Tab stops first (DECST8C): "\033[!p" is no reset of them.
std::string terminal::reset()
{
    return std::string("\033[?1049l\033[!p\033[?69l\033[r\033[?5W\033[?6l\033[?7l") +
           "\033[4l\033[20l\033(B\033)B\017" + clear;
}

std::string terminal::paint() const
{
    std::string out;
    // The primary screen's saved cursor is saved by what switches to the alternate one.
    if (alternate_) out += screens_[0].paint() + paint_saved(saved_[0], "\033[?1049h") + clear;
    out += screen().paint() + paint_tabs();
    if (alternate_ || saved() != saved_cursor{}) out += paint_saved(saved(), "\0337");
    out += paint_margins();
    if (origin_) out += "\033[?6h";
    if (autowrap_) out += "\033[?7h";
    return out + paint_cursor();
}

// Before there are margins: origin mode moves the cursor to their corner.
std::string terminal::paint_saved(const saved_cursor& from, const char* save)
{
    std::string out = from.origin ? "\033[?6h" : "";
    out += paint_sets(from.sets) + placed(from.row, from.column) + to_sgr(from.pen) + save;
    if (from.origin) out += "\033[?6l";
    return out + paint_sets({});
}

std::string terminal::paint_sets(const character_sets& sets)
{
    return std::string("\033(") + sets.designated[0] + "\033)" + sets.designated[1] +
           (sets.shifted ? '\016' : '\017');
}

std::string terminal::paint_tabs() const
{
    bool usual = true;
    std::string out = "\033[3g";
    for (std::size_t i = 0; i < tabs_.size(); ++i) {
        usual = usual && tabs_[i] == (i != 0 && i % tab_width == 0);
        if (tabs_[i]) out += placed(0, static_cast<int>(i)) + "\033H";
    }
    return usual ? std::string() : out;
}

std::string terminal::paint_margins() const
{
    const auto whole = screen().whole();
    std::string out;
    if (sides_) out += "\033[?69h";
    if (margins_.left != 0 || margins_.right != whole.right)
        out += both("\033[", margins_.left, margins_.right, 's');
    if (margins_.top != 0 || margins_.bottom != whole.bottom)
        out += both("\033[", margins_.top, margins_.bottom, 'r');
    return out;
}

// With the pen; and with the character before it drawn again: the next one may belong to the next
// row, or ask for that one again (REP).
std::string terminal::paint_cursor() const
{
    const int top = origin_ ? margins_.top : 0, left = origin_ ? margins_.left : 0;
    int column = wraps_next_ ? at_.column : at_.column - 1;
    const bool ends_here = column >= 0 && !screen().at(at_.row, column).is_wide;
    if (!ends_here || (!wraps_next_ && (sides_ || screen().shows_nothing(at_.row, column))))
        return placed(at_.row - top, at_.column - left) + to_sgr(pen_);
    if (screen().at(at_.row, column).is_tail) --column;
    return placed(at_.row - top, column - left) + screen().paint(at_.row, column) + to_sgr(pen_);
}

std::string terminal::paint_modes() const
{
    std::string out;
    if (insert_) out += "\033[4h";
    if (newline_) out += "\033[20h";
    if (sets_.designated[0] != 'B' || sets_.designated[1] != 'B' || sets_.shifted)
        out += paint_sets(sets_);
    return out;
}

} // namespace verbatim::screen
