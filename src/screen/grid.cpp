#include "screen/grid.hpp"

#include "screen/characters.hpp"

#include <algorithm>
#include <cstdlib>

namespace verbatim::screen {
namespace {

cell blank_of(const look& drawn)
{
    cell out;
    out.drawn = drawn;
    return out;
}

void make_blank(cell& of)
{
    of.character = U' ';
    of.marks = {};
    of.is_wide = of.is_tail = false;
}

bool is_empty(const cell& of)
{
    constexpr auto visible =
        look::reversed | look::underlined | look::underlined_twice | look::struck_out;
    return of.character == U' ' && of.marks[0] == 0 && !of.is_tail &&
           of.drawn.background == look::own_color && (of.drawn.styles & visible) == 0;
}

void append_cell(std::string& to, const cell& of)
{
    append_utf8(to, of.character);
    for (const auto mark : of.marks)
        if (mark != 0) append_utf8(to, mark);
}

std::size_t index(int row_or_column) { return static_cast<std::size_t>(row_or_column); }

} // namespace

grid::grid(int columns, int rows) : columns_(columns), rows_(index(rows), cells(index(columns))) {}

const cell& grid::at(int row, int column) const { return rows_.at(index(row)).at(index(column)); }

bool grid::shows_nothing(int row, int column) const { return is_empty(at(row, column)); }

cell& grid::get(int row, int column) { return rows_.at(index(row)).at(index(column)); }

// From one column to another: halves of wide characters whose other half has gone.
void grid::mend(cells& of, int first, int last)
{
    const int end = std::min(last + 1, static_cast<int>(of.size()));
    for (int i = std::max(first, 0); i < end; ++i) {
        auto& each = of[index(i)];
        if (each.is_wide && (index(i) + 1 == of.size() || !of[index(i) + 1].is_tail))
            make_blank(each);
        if (each.is_tail && (i == 0 || !of[index(i) - 1].is_wide)) make_blank(each);
    }
}

void grid::put(int row, int column, char32_t character, bool wide, const look& drawn)
{
    ++cells_touched_;
    const int last = wide ? column + 1 : column;
    if (get(row, column).is_tail) make_blank(get(row, column - 1));
    if (get(row, last).is_wide) make_blank(get(row, last + 1));
    auto& to = get(row, column);
    make_blank(to);
    to.character = character;
    to.drawn = drawn;
    to.is_wide = wide;
    if (!wide) return;
    auto& tail = get(row, last);
    make_blank(tail);
    tail.drawn = drawn;
    tail.is_tail = true;
}

void grid::add_mark(int row, int column, char32_t mark)
{
    auto& marks = get(row, column).marks;
    const auto free = std::find(marks.begin(), marks.end(), U'\0');
    if (free != marks.end()) *free = mark;
}

void grid::fill(const region& where, char32_t character, const look& drawn)
{
    auto with = blank_of(drawn);
    with.character = character;
    for (int row = where.top; row <= where.bottom; ++row) {
        auto& line = rows_.at(index(row));
        std::fill(line.begin() + where.left, line.begin() + where.right + 1, with);
        mend(line, where.left - 1, where.left);
        mend(line, where.right, where.right + 1);
        cells_touched_ += index(where.right - where.left + 1);
    }
}

void grid::scroll(const region& where, int lines, const look& blank)
{
    const int height = where.bottom - where.top + 1;
    cells_touched_ += index(height); // and what is copied or filled
    const int by = std::min(std::abs(lines), height);
    const bool whole_lines = where.left == 0 && where.right == columns_ - 1;
    const auto first = rows_.begin() + where.top, end = rows_.begin() + where.bottom + 1;
    if (whole_lines) {
        std::rotate(first, lines > 0 ? first + by : end - by, end);
    } else {
        for (int i = 0; i < height - by; ++i) {
            const int to = lines > 0 ? where.top + i : where.bottom - i;
            const auto& from = rows_.at(index(lines > 0 ? to + by : to - by));
            auto& into = rows_.at(index(to));
            std::copy(from.begin() + where.left, from.begin() + where.right + 1,
                into.begin() + where.left);
            mend(into, where.left - 1, where.left);
            mend(into, where.right, where.right + 1);
        }
        cells_touched_ += index(height) * index(where.right - where.left + 1);
    }
    auto emptied = where;
    if (lines > 0) emptied.top = where.bottom - by + 1;
    else emptied.bottom = where.top + by - 1;
    fill(emptied, U' ', blank);
}

void grid::shift(int row, int column, int right, int columns, const look& blank)
{
    auto& line = rows_.at(index(row));
    const int by = std::min(std::abs(columns), right - column + 1);
    const auto first = line.begin() + column, end = line.begin() + right + 1;
    if (columns > 0) {
        std::move_backward(first, end - by, end);
        std::fill(first, first + by, blank_of(blank));
    } else {
        std::move(first + by, end, first);
        std::fill(end - by, end, blank_of(blank));
    }
    mend(line, column - 1, right + 1);
    cells_touched_ += index(right - column + 1);
}

void grid::resize(int columns, int rows, int scrolled)
{
    rows_.erase(rows_.begin(), rows_.begin() + std::min(scrolled, this->rows()));
    rows_.resize(index(rows), cells(index(columns)));
    columns_ = columns;
    for (auto& each : rows_) {
        each.resize(index(columns));
        mend(each, columns - 1, columns - 1);
    }
}

std::string grid::paint() const
{
    std::string out = "\033[0m";
    look now;
    for (int row = 0; row < rows(); ++row) {
        const auto& line = rows_[index(row)];
        const auto last = std::find_if_not(line.rbegin(), line.rend(), is_empty);
        if (last == line.rend()) continue;
        out += "\033[" + std::to_string(row + 1) + ";1H";
        std::for_each(line.begin(), last.base(), [&](const cell& each) {
            if (each.is_tail) return;
            if (each.drawn != now) out += to_sgr(each.drawn);
            now = each.drawn;
            append_cell(out, each);
        });
    }
    return out + "\033[0m";
}

std::string grid::paint(int row, int column) const
{
    auto out = to_sgr(at(row, column).drawn);
    append_cell(out, at(row, column));
    return out;
}

std::string grid::text(int row) const
{
    std::string out;
    for (const auto& each : rows_.at(index(row)))
        if (!each.is_tail) append_cell(out, each);
    out.resize(out.find_last_not_of(' ') + 1);
    return out;
}

} // namespace verbatim::screen
