#pragma once

#include <map>
#include <string>
#include <string_view>

namespace verbatim::screen {

/// The modes that libvterm does not tell: those that change how later output looks, and what the
/// terminal's keys and mouse send. Thread: one.
class terminal_modes {
public:
    explicit terminal_modes(int rows) : rows_(rows) {}

    /// A whole control sequence of a program (control_scanner::item), of any kind but text.
    void see_escape(std::string_view sequence);
    void see_control(std::string_view sequence);
    void see_shift(char c) { shifted_ = c == 016; }
    void see_string(std::string_view sequence);
    void resized(int rows);

    /// Is the whole screen the scrolling region, with no margins at the sides?
    bool scrolls_all() const noexcept { return top_ == 0 && bottom_ == rows_ - 1 && !is_set(69); }
    bool is_set(int private_mode) const noexcept;
    bool in_alternate_screen() const noexcept { return alternate_; }
    int top() const noexcept { return top_; } ///< of the scrolling region, from 0

    /// Brings any terminal to what this begins with.
    static std::string reset();
    /// From there: before the cursor is placed, since setting them moves it; and after.
    std::string before_cursor() const;
    std::string after_cursor() const;

    /// Does this control sequence switch to the alternate screen (1), back (-1), or neither (0)?
    static int switches_screen(std::string_view sequence);
    static bool saves_cursor(std::string_view sequence);

private:
    void set_private(int mode, bool on);
    void set_ansi(int mode, bool on);
    void soft_reset();

    int rows_;
    int top_ = 0, bottom_ = rows_ - 1;
    bool alternate_ = false, shifted_ = false, keypad_ = false, insert_ = false, newline_ = false;
    char sets_[2] = {'B', 'B'};   // G0, G1
    std::map<int, bool> private_; // those that are not as reset() leaves them
    std::string cursor_shape_, title_;
};

} // namespace verbatim::screen
