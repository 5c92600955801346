#pragma once

#include "screen/control_sequence.hpp"
#include "screen/grid.hpp"
#include "screen/look.hpp"

#include <verbatim/screen/emulator.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim::screen {

/// What output draws: two screens, the cursor, and all that changes how later output is drawn
/// (pen, margins, tab stops, character sets, modes). As xterm does it, where terminals differ.
/// Modes that change nothing of that are terminal_modes'. Thread: one.
class terminal {
public:
    terminal(int columns, int rows);

    // What an escape_sink is given.
    void text(std::string_view utf8);
    void c0(char control);
    void escape(std::string_view intermediates, char final);
    void control(const control_sequence& sequence);
    void resize(int columns, int rows);

    int columns() const noexcept { return screen().columns(); }
    int rows() const noexcept { return screen().rows(); }
    emulator::position cursor() const noexcept { return {at_.row, at_.column}; }
    std::string text_of(int row) const { return screen().text(row); }
    /// How many cells all of this has written, moved or erased.
    std::size_t cells_touched() const noexcept
    {
        return screens_[0].cells_touched() + screens_[1].cells_touched();
    }
    /// Is the whole screen the scrolling region, with no margins at the sides?
    bool scrolls_all() const noexcept;

    /// Brings any terminal of this size to what this begins with; and from there to what this is.
    static std::string reset();
    std::string paint() const;
    /// What paint() leaves for the end, since it would change how the rest is drawn.
    std::string paint_modes() const;

private:
    static constexpr int tab_width = 8;

    struct character_sets {
        std::array<char, 2> designated{'B', 'B'}; // G0, G1
        bool shifted = false;                     // to G1
        bool operator==(const character_sets&) const = default;
    };
    struct saved_cursor {
        int row = 0, column = 0;
        look pen;
        character_sets sets;
        bool origin = false;
        bool operator==(const saved_cursor&) const = default;
    };

    grid& screen() noexcept { return screens_[alternate_ ? 1 : 0]; }
    const grid& screen() const noexcept { return screens_[alternate_ ? 1 : 0]; }
    saved_cursor& saved() noexcept { return saved_[alternate_ ? 1 : 0]; }
    const saved_cursor& saved() const noexcept { return saved_[alternate_ ? 1 : 0]; }

    void draw(char32_t character);
    void draw_mark(char32_t mark);
    void repeat(int count);

    bool is_inside() const noexcept;
    int last_column() const noexcept;
    void move(int row, int column);
    void move_to(int row, int column);
    void move_up(int count);
    void move_down(int count);
    void move_left(int count);
    void move_right(int count);
    void carriage_return();
    void index();
    void reverse_index();
    void tab(int count);

    void erase_display(int what);
    void erase_line(int what);
    void fill_rectangle(const control_sequence& sequence);
    void insert_lines(int count);
    void edit_line(int columns);
    void set_margins(const control_sequence& sequence, int most, int& first, int& last);
    void set_tab(int what);
    void switch_modes(const control_sequence& sequence, bool on);
    void set_private_mode(int mode, bool on);
    void save_cursor();
    void restore_cursor();
    void soft_reset();
    void full_reset();
    void reset_tabs();
    look blank() const noexcept;

    static std::string paint_saved(const saved_cursor& from, const char* save);
    std::string paint_tabs() const;
    std::string paint_margins() const;
    std::string paint_cursor() const;
    static std::string paint_sets(const character_sets& sets);

    std::array<grid, 2> screens_; // the primary and the alternate one
    std::array<saved_cursor, 2> saved_;
    bool alternate_ = false;

    struct {
        int row = 0, column = 0;
    } at_;
    bool wraps_next_ = false; // the cursor stands behind the last column
    look pen_;
    character_sets sets_;
    char32_t last_ = 0; // drawn last, for REP
    region margins_;
    std::vector<bool> tabs_; // by column
    bool origin_ = false, autowrap_ = true, insert_ = false, newline_ = false, sides_ = false;
};

} // namespace verbatim::screen
