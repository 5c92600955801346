// A terminal's cells as control functions erase, move and fill them.
#include "screen/terminal.hpp"

#include <algorithm>

namespace verbatim::screen {

look terminal::blank() const noexcept
{
    look out;
    out.background = pen_.background;
    return out;
}

void terminal::erase_display(int what)
{
    auto where = screen().whole();
    if (what == 0) {
        erase_line(0);
        where.top = at_.row + 1;
    } else if (what == 1) {
        erase_line(1);
        where.bottom = at_.row - 1;
    } else if (what != 2) {
        return;
    }
    screen().fill(where, U' ', blank());
}

void terminal::erase_line(int what)
{
    region where{at_.row, at_.row, 0, columns() - 1};
    if (what == 0) where.left = at_.column;
    else if (what == 1) where.right = at_.column;
    else if (what != 2) return;
    screen().fill(where, U' ', blank());
}

// "\033[32;1;1;5;10$x" fills with a character (DECFRA), "\033[1;1;5;10$z" erases (DECERA).
void terminal::fill_rectangle(const control_sequence& s)
{
    if (s.final != 'x' && s.final != 'z') return;
    const std::size_t first = s.final == 'x' ? 1 : 0;
    const int last_printable = 0x7e, character = first == 0 ? ' ' : s.value(0, 0);
    if (character < ' ' || character > last_printable) return;
    const auto last = [&](std::size_t at, int most) {
        const int value = s.value(at, 0);
        return (value == 0 ? most : std::min(value, most)) - 1;
    };
    const int down = origin_ ? margins_.top : 0, across = origin_ ? margins_.left : 0;
    const int bottom = origin_ ? margins_.bottom + 1 : rows();
    const int right = origin_ ? margins_.right + 1 : columns();
    const region where{s.count(first) - 1 + down, last(first + 2, bottom - down) + down,
        s.count(first + 1) - 1 + across, last(first + 3, right - across) + across};
    if (where.top <= where.bottom && where.left <= where.right)
        screen().fill(where, static_cast<char32_t>(character), first == 0 ? blank() : pen_);
}

// At the cursor; fewer than none are deleted.
void terminal::insert_lines(int count)
{
    if (!is_inside()) return;
    auto below = margins_;
    below.top = at_.row;
    screen().scroll(below, -count, blank());
    move(at_.row, margins_.left);
}

// The same within the line.
void terminal::edit_line(int columns)
{
    if (margins_.has_column(at_.column))
        screen().shift(at_.row, at_.column, margins_.right, columns, blank());
}

} // namespace verbatim::screen
