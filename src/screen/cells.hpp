#pragma once

#include <verbatim/screen/emulator.hpp>

#include <memory>
#include <string>
#include <string_view>

struct VTerm;

namespace verbatim::screen {

/// libvterm: the grid of one terminal and how output changes it. Thread: one.
class cells_of_terminal {
public:
    cells_of_terminal(int columns, int rows);

    /// Text, or whole control sequences.
    void feed(std::string_view bytes);
    void resize(int columns, int rows);

    int columns() const noexcept { return columns_; }
    int rows() const noexcept { return rows_; }
    emulator::position cursor() const;

    /// Draws all cells onto a screen that is empty. The cursor is anywhere then, and so is the pen.
    std::string paint() const;
    /// Sets the pen that the next character is drawn with.
    std::string pen() const;
    /// One character with its colours.
    std::string character(emulator::position at) const;
    std::string text(int row) const;

    int width_at(emulator::position at) const;
    /// Does this character, the last that was fed, stand on the one before it?
    static bool is_combining(std::string_view character);

private:
    struct free_terminal {
        void operator()(VTerm* terminal) const noexcept;
    };
    std::unique_ptr<VTerm, free_terminal> terminal_;
    int columns_, rows_;
};

} // namespace verbatim::screen
