#include "screen/terminal.hpp"

#include "screen/characters.hpp"

#include <algorithm>
#include <utility>

namespace verbatim::screen {
namespace {

enum private_mode { origin_mode = 6, autowrap_mode = 7, side_margins_mode = 69 };

// Control functions that bring the cursor back from behind the last column: those that move or
// edit.
bool ends_wrap(char final)
{
    return std::string_view("@ABCDEFGHJKLMPSTXZ`adefrsu").find(final) != std::string_view::npos;
}

} // namespace

terminal::terminal(int columns, int rows)
    : screens_{grid(columns, rows), grid(columns, rows)}, margins_(screens_[0].whole())
{
    reset_tabs();
}

void terminal::reset_tabs()
{
    tabs_.assign(static_cast<std::size_t>(columns()), false);
    for (std::size_t i = tab_width; i < tabs_.size(); i += tab_width) tabs_[i] = true;
}

// --- text

void terminal::text(std::string_view utf8)
{
    constexpr char32_t ascii_end = 0x7f;
    while (!utf8.empty()) {
        const auto [character, size] = first_character(utf8);
        if (character < ascii_end)
            draw(drawn_in_set(sets_.designated[sets_.shifted ? 1 : 0], character));
        else if (is_mark(character)) draw_mark(character);
        else draw(character);
        utf8.remove_prefix(size);
    }
}

void terminal::draw(char32_t character)
{
    const int width = columns_of(character);
    if (width == 0) return;
    if (std::exchange(wraps_next_, false) && autowrap_) {
        carriage_return();
        index();
    }
    if (at_.column + width - 1 > last_column()) {
        if (!autowrap_ || width > columns()) return;
        carriage_return();
        index();
        if (at_.column + width - 1 > last_column()) return;
    }
    if (insert_) screen().shift(at_.row, at_.column, last_column(), width, blank());
    screen().put(at_.row, at_.column, character, width > 1, pen_);
    last_ = character;
    wraps_next_ = at_.column + width > last_column();
    at_.column = std::min(at_.column + width, last_column());
}

void terminal::draw_mark(char32_t mark)
{
    int column = wraps_next_ ? at_.column : at_.column - 1;
    if (column < 0) return;
    if (screen().at(at_.row, column).is_tail) --column;
    screen().add_mark(at_.row, column, mark);
}

void terminal::repeat(int count)
{
    if (last_ == 0) return;
    for (int left = std::min(count, columns()); left > 0; --left) draw(last_);
}

void terminal::c0(char control)
{
    switch (control) {
    case '\b': return move_left(1);
    case '\t': return tab(1);
    case '\n':
    case '\v':
    case '\f':
        if (newline_) carriage_return();
        return index();
    case '\r': return carriage_return();
    case '\016': sets_.shifted = true; return;  // SO
    case '\017': sets_.shifted = false; return; // SI
    default: return;
    }
}

// --- the cursor

bool terminal::is_inside() const noexcept
{
    return margins_.has_row(at_.row) && margins_.has_column(at_.column);
}

// Where the cursor's line ends for it.
int terminal::last_column() const noexcept
{
    return at_.column <= margins_.right ? margins_.right : columns() - 1;
}

void terminal::move(int row, int column)
{
    at_.row = std::clamp(row, 0, rows() - 1);
    at_.column = std::clamp(column, 0, columns() - 1);
    wraps_next_ = false;
}

// As a program counts: from the margins, in origin mode.
void terminal::move_to(int row, int column)
{
    if (!origin_) return move(row, column);
    move(std::clamp(row + margins_.top, margins_.top, margins_.bottom),
        std::clamp(column + margins_.left, margins_.left, margins_.right));
}

void terminal::move_up(int count)
{
    const int stop = at_.row >= margins_.top ? margins_.top : 0;
    move(std::max(at_.row - count, stop), at_.column);
}

void terminal::move_down(int count)
{
    const int stop = at_.row <= margins_.bottom ? margins_.bottom : rows() - 1;
    move(std::min(at_.row + count, stop), at_.column);
}

void terminal::move_left(int count)
{
    const int stop = at_.column >= margins_.left ? margins_.left : 0;
    move(at_.row, std::max(at_.column - count, stop));
}

void terminal::move_right(int count) { move(at_.row, std::min(at_.column + count, last_column())); }

void terminal::carriage_return() { move(at_.row, at_.column >= margins_.left ? margins_.left : 0); }

void terminal::index()
{
    if (at_.row != margins_.bottom) move(at_.row + 1, at_.column);
    else if (margins_.has_column(at_.column)) screen().scroll(margins_, 1, blank());
    wraps_next_ = false;
}

void terminal::reverse_index()
{
    if (at_.row != margins_.top) move(at_.row - 1, at_.column);
    else if (margins_.has_column(at_.column)) screen().scroll(margins_, -1, blank());
    wraps_next_ = false;
}

// Does not take the cursor back from behind the last column.
void terminal::tab(int count)
{
    for (; count != 0; count += count > 0 ? -1 : 1) {
        const int last = count > 0 ? last_column() : origin_ ? margins_.left : 0;
        if (at_.column == last) return;
        do at_.column += count > 0 ? 1 : -1;
        while (at_.column != last && !tabs_[static_cast<std::size_t>(at_.column)]);
        wraps_next_ = false;
    }
}

// --- sequences

void terminal::escape(std::string_view intermediates, char final)
{
    if (intermediates == "#" && final == '8') { // the alignment pattern
        margins_ = screen().whole();
        screen().fill(margins_, U'E', {});
        return move(0, 0);
    }
    if (intermediates == "(" || intermediates == ")") {
        if (final != '0' && final != 'A' && final != 'B') return;
        sets_.designated[intermediates == ")" ? 1 : 0] = final;
        return;
    }
    if (!intermediates.empty()) return;
    switch (final) {
    case '7': return save_cursor();
    case '8': return restore_cursor();
    case 'D': return index();
    case 'E': carriage_return(); return index();
    case 'H': tabs_[static_cast<std::size_t>(at_.column)] = true; return;
    case 'M': return reverse_index();
    case 'c': return full_reset();
    default: return;
    }
}

void terminal::control(const control_sequence& s)
{
    if (s.marker == 0 && s.intermediate == '!' && s.final == 'p') return soft_reset();
    const bool is_private = s.marker == '?';
    if (s.marker == 0 && s.intermediate == '$') return fill_rectangle(s);
    if (s.intermediate != 0 || (s.marker != 0 && !is_private)) return;
    const auto column = [&](std::size_t at) { return s.count(at) - 1; };
    const int here = origin_ ? at_.row - margins_.top : at_.row;
    if (s.final == 'h' || s.final == 'l') return switch_modes(s, s.final == 'h');
    constexpr int every_eighth = 5; // DECST8C
    if (is_private && s.final == 'W' && s.value(0, 0) == every_eighth) return reset_tabs();
    if (is_private && s.final != 'J' && s.final != 'K') return;
    if (ends_wrap(s.final)) wraps_next_ = false;
    switch (s.final) {
    case '@': return edit_line(s.count());
    case 'A': return move_up(s.count());
    case 'B':
    case 'e': return move_down(s.count());
    case 'C':
    case 'a': return move_right(s.count());
    case 'D': return move_left(s.count());
    case 'E': move_down(s.count()); return carriage_return();
    case 'F': move_up(s.count()); return carriage_return();
    case 'G':
    case '`': return move_to(here, column(0));
    case 'H':
    case 'f': return move_to(column(0), column(1));
    case 'I': return tab(s.count());
    case 'J': return erase_display(s.value(0, 0));
    case 'K': return erase_line(s.value(0, 0));
    case 'L': return insert_lines(s.count());
    case 'M': return insert_lines(-s.count());
    case 'P': return edit_line(-s.count());
    case 'S': return screen().scroll(margins_, s.count(), blank());
    case 'T':
        if (s.parameters.size() == 1) screen().scroll(margins_, -s.count(), blank());
        return;
    case 'X': {
        const int last = std::min(at_.column + s.count(), columns()) - 1;
        return screen().fill({at_.row, at_.row, at_.column, last}, U' ', blank());
    }
    case 'Z': return tab(-s.count());
    case 'b': return repeat(s.count());
    case 'd': return move_to(column(0), origin_ ? at_.column - margins_.left : at_.column);
    case 'g': return set_tab(s.value(0, 0));
    case 'm': return select_graphic_rendition(pen_, s);
    case 'r': return set_margins(s, rows(), margins_.top, margins_.bottom);
    case 's':
        if (!sides_) return save_cursor();
        return set_margins(s, columns(), margins_.left, margins_.right);
    case 'u': return restore_cursor();
    default: return;
    }
}

// Both margins of one kind, of `most` rows or columns.
void terminal::set_margins(const control_sequence& s, int most, int& first, int& last)
{
    const int from = s.count(0), named = s.value(1, 0);
    const int to = named == 0 ? most : std::min(named, most);
    if (from >= to) return;
    first = from - 1;
    last = to - 1;
    move_to(0, 0);
}

void terminal::set_tab(int what)
{
    constexpr int this_one = 0, all = 3;
    if (what == this_one) tabs_[static_cast<std::size_t>(at_.column)] = false;
    else if (what == all) tabs_.assign(tabs_.size(), false);
}

void terminal::switch_modes(const control_sequence& sequence, bool on)
{
    constexpr int insert_mode = 4, newline_mode = 20;
    bool switched = false; // the screen, once: it is the work of a whole screen
    for (std::size_t i = 0; i < sequence.parameters.size(); ++i) {
        const int mode = sequence.value(i, 0);
        const bool switches = mode == 47 || mode == 1047 || mode == 1049;
        if (sequence.marker == 0) {
            if (mode == insert_mode) insert_ = on;
            else if (mode == newline_mode) newline_ = on;
        } else if (!switches || !std::exchange(switched, true)) {
            set_private_mode(mode, on);
        }
    }
}

void terminal::set_private_mode(int mode, bool on)
{
    switch (mode) {
    case origin_mode: origin_ = on; return move_to(0, 0);
    case autowrap_mode: autowrap_ = on; return;
    case side_margins_mode:
        sides_ = on;
        margins_.left = 0;
        margins_.right = columns() - 1;
        wraps_next_ = false;
        return;
    case 47: alternate_ = on; return;
    case 1047:
        if (!on && alternate_) screen().fill(screen().whole(), U' ', {});
        alternate_ = on; // the cursor stays where it is
        return;
    case 1048: return on ? save_cursor() : restore_cursor();
    case 1049:
        if (on) save_cursor();
        alternate_ = on;
        if (on) screen().fill(screen().whole(), U' ', blank());
        else restore_cursor();
        return;
    default: return;
    }
}

void terminal::save_cursor() { saved() = {at_.row, at_.column, pen_, sets_, origin_}; }

void terminal::restore_cursor()
{
    const auto& from = saved();
    pen_ = from.pen;
    sets_ = from.sets;
    origin_ = from.origin;
    if (origin_) move_to(from.row - margins_.top, from.column - margins_.left);
    else move(from.row, from.column);
}

void terminal::soft_reset()
{
    margins_ = screen().whole();
    origin_ = insert_ = sides_ = false;
    autowrap_ = true;
    pen_ = {};
    sets_ = {};
    saved() = {};
    wraps_next_ = false;
}

void terminal::full_reset()
{
    for (auto& each : screens_) each.fill(each.whole(), U' ', {});
    saved_ = {};
    alternate_ = newline_ = false;
    soft_reset();
    last_ = 0;
    reset_tabs();
    move(0, 0);
}

bool terminal::scrolls_all() const noexcept { return margins_ == screen().whole(); }

// As xterm does it: rows above go, so that the cursor keeps its own; and a new size has no margins.
void terminal::resize(int columns, int rows)
{
    const int old_columns = this->columns();
    const int scrolled = std::max(0, at_.row - (rows - 1));
    for (std::size_t i = 0; i < screens_.size(); ++i) {
        const bool shown = (i == 1) == alternate_;
        const int gone = shown ? scrolled : std::max(0, saved_[i].row - (rows - 1));
        screens_[i].resize(columns, rows, gone);
        saved_[i].row = std::clamp(saved_[i].row - gone, 0, rows - 1);
        saved_[i].column = std::min(saved_[i].column, columns - 1);
    }
    margins_ = screen().whole();
    tabs_.resize(static_cast<std::size_t>(columns));
    for (int i = old_columns; i < columns; ++i)
        tabs_[static_cast<std::size_t>(i)] = i % tab_width == 0;
    move(at_.row - scrolled, at_.column);
}

} // namespace verbatim::screen
