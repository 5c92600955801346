#pragma once

#include "screen/look.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace verbatim::screen {

/// One place of a grid. A character that takes two columns has a cell and the tail after it.
struct cell {
    static constexpr std::size_t most_marks = 3;

    char32_t character = U' ';
    std::array<char32_t, most_marks> marks{}; ///< drawn onto it; 0: no more
    look drawn;
    bool is_wide = false, is_tail = false;
};

/// Columns and rows of a region, both ends included, from 0.
struct region {
    int top = 0, bottom = 0, left = 0, right = 0;

    bool operator==(const region&) const = default;
    bool has_row(int row) const noexcept { return row >= top && row <= bottom; }
    bool has_column(int column) const noexcept { return column >= left && column <= right; }
};

/// The cells of one screen. Nothing in it is outside of its size, and no half of a wide character
/// is ever alone: what loses its other half is blank. Rows and columns given are within the size.
/// Thread: one.
class grid {
public:
    grid(int columns, int rows);

    int columns() const noexcept { return columns_; }
    int rows() const noexcept { return static_cast<int>(rows_.size()); }
    region whole() const noexcept { return {0, rows() - 1, 0, columns_ - 1}; }
    const cell& at(int row, int column) const;
    /// Does an empty screen look the same there?
    bool shows_nothing(int row, int column) const;
    std::size_t cells_touched() const noexcept { return cells_touched_; }

    /// A character of one or two columns that has room there.
    void put(int row, int column, char32_t character, bool wide, const look& drawn);
    /// One more mark onto the character that is there.
    void add_mark(int row, int column, char32_t mark);
    void fill(const region& where, char32_t character, const look& drawn);
    /// What is in the region moves up (or down, if `lines` is negative); what comes in is blank.
    void scroll(const region& where, int lines, const look& blank);
    /// From `column` to `right` what is in the row moves right (or left, if negative).
    void shift(int row, int column, int right, int columns, const look& blank);

    /// Keeps what is in the upper left, once `scrolled` rows are gone from the top.
    void resize(int columns, int rows, int scrolled);

    /// Draws the rows onto a screen that is empty, which does not wrap. The pen is anywhere then.
    std::string paint() const;
    /// The character at a cell, with its colours.
    std::string paint(int row, int column) const;
    std::string text(int row) const;

private:
    using cells = std::vector<cell>;

    cell& get(int row, int column);
    void mend(cells& of, int first, int last);

    int columns_;
    std::size_t cells_touched_ = 0;
    std::vector<cells> rows_;
};

} // namespace verbatim::screen
