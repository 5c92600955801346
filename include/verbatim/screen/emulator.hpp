#pragma once
// A terminal that nobody looks at: it follows what a session's terminal shows, so that somebody who
// comes late can be painted the present screen.

#include <verbatim/base/bytes.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace verbatim::screen {

/// An xterm as far as programs use it: ECMA-48, DEC private modes, UTF-8; read as terminal_filter
/// reads it, so that it shows what those see who watch all the time. Memory is bounded by the size,
/// whatever is fed. Thread: one at a time.
class emulator {
public:
    /// Sizes are brought within these: a client may announce any.
    static constexpr int most_columns = 500, most_rows = 200;

    emulator(int columns, int rows);
    ~emulator();
    emulator(emulator&&) noexcept;
    emulator& operator=(emulator&&) noexcept;

    /// Output of a program, cut anywhere.
    void feed(byte_view output);
    /// The same until about so many cells have been touched, which is what takes time: a few bytes
    /// can move a whole screen. How many bytes were taken; of some output, some.
    std::size_t feed_some(byte_view output, std::size_t cells);
    void resize(int columns, int rows);

    /// The bytes that bring a terminal of this size, whatever it showed, to the same screen,
    /// cursor, pen and modes, so that what is fed from now on looks the same there. An unfinished
    /// control sequence is their end. Nothing in them makes a terminal answer or act.
    std::string paint() const;

    int columns() const noexcept;
    int rows() const noexcept;
    struct position {
        int row, column; ///< from 0
        bool operator==(const position&) const = default;
    };
    position cursor() const;
    /// The rows as UTF-8, without the blanks at their ends.
    std::vector<std::string> text() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace verbatim::screen
