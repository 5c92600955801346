#include "screen/cells.hpp"

#include <vterm.h>

#include <algorithm>
#include <cwchar>
#include <new>

namespace verbatim::screen {
namespace {

constexpr std::uint32_t second_half = static_cast<std::uint32_t>(-1);

void append_utf8(std::string& to, std::uint32_t c)
{
    constexpr std::uint32_t last = 0x10ffff, none = 0xfffd; // libvterm reads more than Unicode has
    if (c > last || (c >= 0xd800 && c < 0xe000)) c = none;
    const auto add = [&](std::uint32_t byte) { to += static_cast<char>(byte); };
    if (c < 0x80) return add(c);
    if (c < 0x800) add(0xc0 | c >> 6);
    else if (c < 0x10000) {
        add(0xe0 | c >> 12);
        add(0x80 | (c >> 6 & 0x3f));
    } else {
        add(0xf0 | c >> 18);
        add(0x80 | (c >> 12 & 0x3f));
        add(0x80 | (c >> 6 & 0x3f));
    }
    add(0x80 | (c & 0x3f));
}

// The blocks of marks that libvterm knows to have no width; others are rare enough.
bool is_mark(std::uint32_t c)
{
    return (c >= 0x300 && c < 0x370) || (c >= 0x1ab0 && c < 0x1b00) ||
           (c >= 0x1dc0 && c < 0x1e00) || (c >= 0x200b && c < 0x2010) ||
           (c >= 0x20d0 && c < 0x2100) || (c >= 0xfe00 && c < 0xfe10) ||
           (c >= 0xfe20 && c < 0xfe30);
}

// The blocks that take two columns (Unicode's East Asian wide ones, and pictures).
bool is_wide(std::uint32_t c)
{
    return (c >= 0x1100 && c < 0x1160) || (c >= 0x2e80 && c < 0xa4d0 && c != 0x303f) ||
           (c >= 0xac00 && c < 0xd7a4) || (c >= 0xf900 && c < 0xfb00) ||
           (c >= 0xfe30 && c < 0xfe70) || (c >= 0xff00 && c < 0xff61) ||
           (c >= 0xffe0 && c < 0xffe7) || (c >= 0x1f300 && c < 0x1f650) ||
           (c >= 0x1f900 && c < 0x1fa00) || (c >= 0x20000 && c < 0x3fffe);
}

// libvterm calls every cell wide whose neighbour is a second half, also one written over since.
bool spans_two(const VTermScreenCell& cell)
{
    constexpr std::uint32_t first_wide = 0x1100;
    return cell.width > 1 && cell.chars[0] >= first_wide && cell.chars[0] != second_half;
}

// How a cell is drawn, as SGR numbers.
struct look {
    bool bold = false, italic = false, blink = false, reverse = false, strike = false;
    unsigned underline = 0;
    VTermColor foreground{}, background{};
};

bool is_same_color(const VTermColor& a, const VTermColor& b)
{
    return vterm_color_is_equal(&a, &b) != 0 &&
           VTERM_COLOR_IS_DEFAULT_FG(&a) == VTERM_COLOR_IS_DEFAULT_FG(&b) &&
           VTERM_COLOR_IS_DEFAULT_BG(&a) == VTERM_COLOR_IS_DEFAULT_BG(&b);
}

bool is_same(const look& a, const look& b)
{
    return a.bold == b.bold && a.italic == b.italic && a.blink == b.blink &&
           a.reverse == b.reverse && a.strike == b.strike && a.underline == b.underline &&
           is_same_color(a.foreground, b.foreground) && is_same_color(a.background, b.background);
}

look look_of(const VTermScreenCell& cell)
{
    const auto& attrs = cell.attrs;
    return {attrs.bold != 0, attrs.italic != 0, attrs.blink != 0, attrs.reverse != 0,
        attrs.strike != 0, attrs.underline, cell.fg, cell.bg};
}

void append_color(std::string& to, const VTermColor& color, bool foreground)
{
    if (foreground ? VTERM_COLOR_IS_DEFAULT_FG(&color) : VTERM_COLOR_IS_DEFAULT_BG(&color)) return;
    const int base = foreground ? 30 : 40;
    if (!VTERM_COLOR_IS_INDEXED(&color)) {
        to += ';' + std::to_string(base + 8) + ";2;" + std::to_string(color.rgb.red) + ';' +
              std::to_string(color.rgb.green) + ';' + std::to_string(color.rgb.blue);
    } else if (color.indexed.idx < 8) {
        to += ';' + std::to_string(base + color.indexed.idx);
    } else if (color.indexed.idx < 16) {
        to += ';' + std::to_string(base + 60 + color.indexed.idx - 8);
    } else {
        to += ';' + std::to_string(base + 8) + ";5;" + std::to_string(color.indexed.idx);
    }
}

std::string sgr(const look& of)
{
    std::string out = "\033[0";
    if (of.bold) out += ";1";
    if (of.italic) out += ";3";
    if (of.underline == VTERM_UNDERLINE_DOUBLE) out += ";21";
    else if (of.underline != 0) out += ";4";
    if (of.blink) out += ";5";
    if (of.reverse) out += ";7";
    if (of.strike) out += ";9";
    append_color(out, of.foreground, true);
    append_color(out, of.background, false);
    return out + 'm';
}

// What an erased cell of the default colours looks like.
bool is_empty(const VTermScreenCell& cell)
{
    const auto l = look_of(cell);
    return cell.chars[0] == 0 && !l.reverse && l.underline == 0 && !l.strike &&
           VTERM_COLOR_IS_DEFAULT_BG(&l.background);
}

void append_characters(std::string& to, const VTermScreenCell& cell)
{
    // A mark on nothing would stand on the cell before it. Of a wide character that was written
    // over neither half is left.
    const auto first = cell.chars[0];
    const bool half = first == second_half || (is_wide(first) && cell.width < 2);
    if (first == 0 || half || is_mark(first)) {
        to += ' ';
        return;
    }
    for (std::size_t i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i] != 0; ++i)
        append_utf8(to, cell.chars[i]);
}

VTermScreenCell cell_at(VTerm* terminal, int row, int column)
{
    VTermScreenCell cell{};
    vterm_screen_get_cell(vterm_obtain_screen(terminal), {row, column}, &cell);
    return cell;
}

} // namespace

void cells_of_terminal::free_terminal::operator()(VTerm* terminal) const noexcept
{
    vterm_free(terminal);
}

cells_of_terminal::cells_of_terminal(int columns, int rows)
    : terminal_(vterm_new(rows, columns)), columns_(columns), rows_(rows)
{
    if (!terminal_) throw std::bad_alloc();
    vterm_set_utf8(terminal_.get(), 1);
    // It answers queries: nobody listens.
    vterm_output_set_callback(
        terminal_.get(), [](const char*, size_t, void*) {}, nullptr);
    auto* screen = vterm_obtain_screen(terminal_.get());
    vterm_screen_enable_altscreen(screen, 1);
    vterm_screen_reset(screen, 1);
}

void cells_of_terminal::feed(std::string_view bytes)
{
    if (!bytes.empty()) vterm_input_write(terminal_.get(), bytes.data(), bytes.size());
}

void cells_of_terminal::resize(int columns, int rows)
{
    columns_ = columns;
    rows_ = rows;
    vterm_set_size(terminal_.get(), rows, columns);
}

emulator::position cells_of_terminal::cursor() const
{
    VTermPos at{};
    vterm_state_get_cursorpos(vterm_obtain_state(terminal_.get()), &at);
    return {std::clamp(at.row, 0, rows_ - 1), std::clamp(at.col, 0, columns_ - 1)};
}

std::string cells_of_terminal::paint() const
{
    std::string out = "\033[0m";
    look now{};
    bool plain = true; // the pen is as after "\033[0m"
    for (int row = 0; row < rows_; ++row) {
        int end = columns_;
        while (end > 0 && is_empty(cell_at(terminal_.get(), row, end - 1))) --end;
        if (end == 0) continue;
        out += "\033[" + std::to_string(row + 1) + ";1H";
        for (int column = 0; column < end; ++column) {
            const auto cell = cell_at(terminal_.get(), row, column);
            const auto wanted = look_of(cell);
            if (plain || !is_same(wanted, now)) out += sgr(wanted);
            plain = false;
            now = wanted;
            append_characters(out, cell);
            if (spans_two(cell)) ++column;
        }
    }
    return out + "\033[0m";
}

std::string cells_of_terminal::pen() const
{
    const auto* state = vterm_obtain_state(terminal_.get());
    const auto value = [&](VTermAttr attr) {
        VTermValue out{};
        vterm_state_get_penattr(state, attr, &out);
        return out;
    };
    look out;
    out.bold = value(VTERM_ATTR_BOLD).boolean != 0;
    out.italic = value(VTERM_ATTR_ITALIC).boolean != 0;
    out.blink = value(VTERM_ATTR_BLINK).boolean != 0;
    out.reverse = value(VTERM_ATTR_REVERSE).boolean != 0;
    out.strike = value(VTERM_ATTR_STRIKE).boolean != 0;
    out.underline = static_cast<unsigned>(value(VTERM_ATTR_UNDERLINE).number);
    out.foreground = value(VTERM_ATTR_FOREGROUND).color;
    out.background = value(VTERM_ATTR_BACKGROUND).color;
    return sgr(out);
}

std::string cells_of_terminal::character(emulator::position at) const
{
    const auto cell = cell_at(terminal_.get(), at.row, at.column);
    auto out = sgr(look_of(cell));
    append_characters(out, cell);
    return out;
}

std::string cells_of_terminal::text(int row) const
{
    std::string out;
    for (int column = 0; column < columns_; ++column) {
        const auto cell = cell_at(terminal_.get(), row, column);
        append_characters(out, cell);
        if (spans_two(cell)) ++column;
    }
    out.resize(out.find_last_not_of(' ') + 1);
    return out;
}

int cells_of_terminal::width_at(emulator::position at) const
{
    return spans_two(cell_at(terminal_.get(), at.row, at.column)) ? 2 : 1;
}

bool cells_of_terminal::is_combining(std::string_view character)
{
    if (character.size() < 2) return false;
    const auto lead = static_cast<unsigned char>(character[0]);
    std::uint32_t c = lead & (character.size() == 2 ? 0x1f : character.size() == 3 ? 0x0f : 0x07);
    for (std::size_t i = 1; i < character.size(); ++i)
        c = c << 6 | (static_cast<unsigned char>(character[i]) & 0x3f);
    return is_mark(c);
}

} // namespace verbatim::screen
