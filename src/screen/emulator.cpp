#include <verbatim/screen/emulator.hpp>

#include "screen/cells.hpp"
#include "screen/control_scanner.hpp"
#include "screen/terminal_modes.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <new>
#include <utility>

namespace verbatim::screen {

namespace {

// libvterm writes the second half of a wide character without looking whether it has a place.
constexpr int fewest_columns = 2;

int bounded_columns(int columns)
{
    return std::clamp(columns, fewest_columns, emulator::most_columns);
}
int bounded_rows(int rows) { return std::clamp(rows, 1, emulator::most_rows); }

std::string placed(int row, int column)
{
    return "\033[" + std::to_string(row + 1) + ';' + std::to_string(column + 1) + 'H';
}

// A text of which only the end can still be seen: what may be left out before it, if the whole
// screen scrolls. Cut after "\r\n", so that the cursor is in the first column either way; so many
// lines follow that none of those before them stays.
std::size_t unseen_part(std::string_view text, int rows)
{
    auto lines = 2 * static_cast<std::size_t>(rows) + 2;
    auto at = text.size();
    while (lines > 0) {
        at = at == 0 ? text.npos : text.rfind('\n', at - 1);
        if (at == text.npos) return 0;
        --lines;
    }
    while (at != text.npos && (at == 0 || text[at - 1] != '\r'))
        at = at == 0 ? text.npos : text.rfind('\n', at - 1);
    return at == text.npos ? 0 : at + 1;
}

// Where the last character begins that is no mark on another; npos: there is none.
std::size_t last_base_character(std::string_view text)
{
    auto end = text.size();
    while (end > 0) {
        auto begin = end - 1;
        while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xc0) == 0x80) --begin;
        if (!cells_of_terminal::is_combining(text.substr(begin, end - begin))) return begin;
        end = begin;
    }
    return text.npos;
}

// Control functions that leave the cursor behind the last column: SGR, modes, reports.
bool keeps_wrap(char final)
{
    return std::string_view("mhlqnct").find(final) != std::string_view::npos;
}

// Whatever libvterm takes an odd sequence for, it must not take what follows for a part of it.
constexpr char cancel = 0x18;

// A sequence as all terminals agree on it: controls within one are obeyed by some, and end it for
// others.
std::string without_controls(std::string_view sequence)
{
    std::string out(sequence.substr(0, 1));
    for (const char c : sequence.substr(1))
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) out += c;
    return out;
}

// libvterm sees what draws and nothing else: with what programs seldom send it writes outside of
// its grid (double lines, the alignment pattern), or does not end.
bool is_for_the_grid(std::string_view sequence)
{
    const auto is_in = [](std::string_view set, char c) { return set.find(c) != set.npos; };
    if (sequence.size() == 2) return is_in("78DEHMc", sequence[1]);
    if (sequence[1] != '[')
        return sequence.size() == 3 && is_in("()", sequence[1]) && is_in("0AB", sequence[2]);
    auto body = sequence.substr(2, sequence.size() - 3);
    const char final = sequence.back();
    const bool is_private = body.starts_with('?');
    if (is_private) body.remove_prefix(1);
    constexpr std::size_t most_bytes = 64, most_digits = 5;
    if (body.size() > most_bytes) return false;
    if (body == "!") return !is_private && final == 'p'; // a soft reset
    std::size_t digits = 0;
    for (const char c : body) {
        digits = c >= '0' && c <= '9' ? digits + 1 : 0;
        if (digits > most_digits || (digits == 0 && !is_in(";:", c))) return false;
    }
    if (is_private) return is_in("JK", final) || is_in("hl", final);
    return is_in("@ABCDEFGHIJKLMPSTXZ`adefgmrshl", final);
}

// "\033[5b": how often the last character is repeated (ECMA-48, REP); 0: it is something else.
int repetitions(std::string_view control)
{
    constexpr std::string_view begin = "\033[";
    if (!control.starts_with(begin) || control.back() != 'b') return 0;
    const auto numbers = control.substr(begin.size(), control.size() - begin.size() - 1);
    if (numbers.find_first_not_of("0123456789;:") != numbers.npos) return 0;
    int count = 0;
    const auto read = std::from_chars(numbers.data(), numbers.data() + numbers.size(), count);
    if (read.ec == std::errc::result_out_of_range) return std::numeric_limits<int>::max();
    return std::max(count, 1);
}

} // namespace

struct emulator::state {
    state(int columns, int rows) : cells(columns, rows), modes(rows) {}

    void feed(std::string_view output);
    void feed_text(std::string_view text);
    void feed_escape(const control_scanner::item& item);
    void repeat(int count);
    std::string place_cursor() const;

    cells_of_terminal cells;
    terminal_modes modes;
    control_scanner scanner;
    std::string last;         // the last character, with no marks
    std::string primary;      // painted, while the alternate screen is shown
    std::string saved_cursor; // brings the cursor and the pen where they were saved
    bool wraps_next = false;  // the cursor stands behind the last column
};

void emulator::state::feed(std::string_view output)
{
    using kind = control_scanner::item::kind;
    scanner.feed(output);
    for (auto item = scanner.next(); item.what != kind::end; item = scanner.next()) {
        if (item.what == kind::text) {
            feed_text(item.bytes);
        } else if (item.what == kind::shift) {
            modes.see_shift(item.bytes.front());
            cells.feed(item.bytes);
        } else if (item.what == kind::string) {
            modes.see_string(item.bytes); // and nothing else in one changes the screen
        } else {
            feed_escape(item);
        }
    }
}

void emulator::state::feed_text(std::string_view text)
{
    constexpr std::size_t worth_skipping = 8192;
    if (text.size() > worth_skipping && modes.scrolls_all())
        text.remove_prefix(unseen_part(text, cells.rows()));
    // Whether the cursor stands on the last column or behind it shows in its last step: a character
    // that does not move it.
    const auto at = last_base_character(text);
    if (at == text.npos) return cells.feed(text); // marks for a character that came before
    cells.feed(text.substr(0, at));
    const auto before = cells.cursor();
    cells.feed(text.substr(at));
    const bool draws = static_cast<unsigned char>(text[at]) >= 0x20;
    wraps_next = modes.is_set(7) && draws && before == cells.cursor();
    if (!draws) return;
    auto end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
    last = text.substr(at, end - at);
}

// libvterm's own would never end where nothing was drawn before.
void emulator::state::repeat(int count)
{
    if (last.empty()) return;
    std::string text;
    for (int left = std::min(count, cells.columns() * cells.rows()); left > 0; --left) text += last;
    feed_text(text);
}

void emulator::state::feed_escape(const control_scanner::item& item)
{
    using kind = control_scanner::item::kind;
    const bool control = item.what == kind::control;
    const auto sequence = without_controls(item.bytes);
    if (sequence.size() < 2) return;
    if (control)
        if (const int count = repetitions(sequence); count != 0) return repeat(count);
    if (control) {
        const int switches = terminal_modes::switches_screen(sequence);
        if (switches > 0 && !modes.in_alternate_screen()) primary = cells.paint() + place_cursor();
    }
    if (terminal_modes::saves_cursor(sequence))
        saved_cursor = placed(cells.cursor().row, cells.cursor().column) + cells.pen();
    if (sequence == "\033c") {
        last.clear();
        saved_cursor.clear();
    }
    // libvterm forgets it only where the cursor really moves.
    if (wraps_next && !(control && keeps_wrap(sequence.back()))) {
        cells.feed("\b\033[C");
        wraps_next = false;
    }
    const auto before = cells.cursor();
    if (is_for_the_grid(sequence)) cells.feed(sequence + cancel);
    if (before != cells.cursor()) wraps_next = false;
    if (control) modes.see_control(sequence);
    else modes.see_escape(sequence);
    if (!modes.in_alternate_screen()) primary.clear();
}

// With the pen, and with the last character drawn again where the next one belongs to the next row.
std::string emulator::state::place_cursor() const
{
    const auto to = cells.cursor();
    const int home = modes.is_set(6) ? modes.top() : 0;
    if (!wraps_next || to.column + cells.width_at(to) != cells.columns())
        return placed(to.row - home, to.column) + cells.pen();
    return placed(to.row - home, to.column) + cells.character(to) + cells.pen();
}

emulator::emulator(int columns, int rows)
    : state_(std::make_unique<state>(bounded_columns(columns), bounded_rows(rows)))
{}
emulator::~emulator() = default;
emulator::emulator(emulator&&) noexcept = default;
emulator& emulator::operator=(emulator&&) noexcept = default;

void emulator::feed(byte_view output) { state_->feed(as_text(output)); }

void emulator::resize(int columns, int rows)
{
    columns = bounded_columns(columns);
    rows = bounded_rows(rows);
    if (columns == this->columns() && rows == this->rows()) return;
    // libvterm keeps margins that lie outside of the new size, and then writes outside of it, too.
    // As xterm does it, a new size has none.
    const auto at = state_->cells.cursor();
    state_->cells.feed("\033[r");
    if (state_->modes.is_set(69)) state_->cells.feed("\033[s"); // left and right ones
    state_->cells.feed(placed(at.row, at.column));
    state_->cells.resize(columns, rows);
    state_->modes.resized(rows);
    state_->wraps_next = false;
}

std::string emulator::paint() const
{
    const auto& s = *state_;
    std::string out = terminal_modes::reset() + "\033[?7l";
    if (s.modes.in_alternate_screen()) out += s.primary + "\033[?1049h\033[0m\033[H\033[2J";
    out += s.cells.paint();
    if (!s.saved_cursor.empty()) out += s.saved_cursor + "\0337";
    out += "\033[0m" + s.modes.before_cursor();
    if (s.modes.is_set(7)) out += "\033[?7h";
    out += s.place_cursor();
    out += s.modes.after_cursor();
    out += s.scanner.unfinished();
    return out;
}

int emulator::columns() const noexcept { return state_->cells.columns(); }
int emulator::rows() const noexcept { return state_->cells.rows(); }
emulator::position emulator::cursor() const { return state_->cells.cursor(); }

std::vector<std::string> emulator::text() const
{
    std::vector<std::string> out;
    for (int row = 0; row < rows(); ++row) out.push_back(state_->cells.text(row));
    return out;
}

} // namespace verbatim::screen
