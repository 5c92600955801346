#include <verbatim/screen/emulator.hpp>

#include "screen/control_scanner.hpp"
#include "screen/terminal.hpp"
#include "screen/terminal_modes.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace verbatim::screen {

namespace {

int bounded_columns(int columns) { return std::clamp(columns, 1, emulator::most_columns); }
int bounded_rows(int rows) { return std::clamp(rows, 1, emulator::most_rows); }

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

// Controls within a sequence, and what ended one that was given up: nothing is drawn then.
std::string without_controls(std::string_view sequence)
{
    std::string out(sequence.substr(0, 1));
    for (const char c : sequence.substr(1))
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) out += c;
    return out;
}

} // namespace

struct emulator::state {
    state(int columns, int rows) : drawn(columns, rows) {}

    void feed(std::string_view output);
    void feed_text(std::string_view text);

    control_scanner scanner;
    terminal drawn;
    terminal_modes modes;
};

void emulator::state::feed(std::string_view output)
{
    using kind = control_scanner::item::kind;
    scanner.feed(output);
    for (auto item = scanner.next(); item.what != kind::end; item = scanner.next()) {
        if (item.what == kind::text) {
            feed_text(item.bytes);
        } else if (item.what == kind::shift) {
            drawn.shift(item.bytes.front());
        } else if (item.what == kind::string) {
            modes.see_string(item.bytes); // and nothing else in one changes the screen
        } else if (item.what == kind::control) {
            const auto sequence = parse_control(item.bytes);
            drawn.control(sequence);
            modes.see_control(sequence);
        } else {
            const auto sequence = without_controls(item.bytes);
            drawn.escape(sequence);
            modes.see_escape(sequence);
        }
    }
}

void emulator::state::feed_text(std::string_view text)
{
    constexpr std::size_t worth_skipping = 8192;
    if (text.size() > worth_skipping && drawn.scrolls_all())
        text.remove_prefix(unseen_part(text, drawn.rows()));
    drawn.text(text);
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
    if (columns != this->columns() || rows != this->rows()) state_->drawn.resize(columns, rows);
}

std::string emulator::paint() const
{
    const auto& s = *state_;
    return terminal_modes::reset() + terminal::reset() + s.drawn.paint() + s.modes.paint() +
           s.drawn.paint_modes() + std::string(s.scanner.unfinished());
}

int emulator::columns() const noexcept { return state_->drawn.columns(); }
int emulator::rows() const noexcept { return state_->drawn.rows(); }
emulator::position emulator::cursor() const { return state_->drawn.cursor(); }

std::vector<std::string> emulator::text() const
{
    std::vector<std::string> out;
    for (int row = 0; row < rows(); ++row) out.push_back(state_->drawn.text_of(row));
    return out;
}

} // namespace verbatim::screen
