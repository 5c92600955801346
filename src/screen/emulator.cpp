#include <verbatim/screen/emulator.hpp>

#include "screen/terminal.hpp"
#include "screen/terminal_modes.hpp"

#include <verbatim/screen/escape_scanner.hpp>

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

namespace verbatim::screen {

namespace {

int bounded_columns(int columns) { return std::clamp(columns, 1, emulator::most_columns); }
int bounded_rows(int rows) { return std::clamp(rows, 1, emulator::most_rows); }

// Nothing but characters and what moves the cursor within lines and to the next.
bool is_plain(std::string_view output)
{
    return std::none_of(output.begin(), output.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        constexpr unsigned char escape = 033, shift_out = 016, shift_in = 017;
        return byte == escape || byte == shift_out || byte == shift_in ||
               (byte >= 0x80 && byte < 0xa0);
    });
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

} // namespace

struct emulator::state final : private escape_sink {
    state(int columns, int rows) : drawn(columns, rows) {}

    void feed(std::string_view bytes) { scanner.feed(bytes); }

    terminal drawn;
    terminal_modes modes;
    escape_scanner scanner{*this};

private:
    void on_text(std::string_view utf8) override { drawn.text(utf8); }
    void on_control(char control) override { drawn.c0(control); }
    void on_escape(std::string_view intermediates, char final) override
    {
        drawn.escape(intermediates, final);
        modes.see_escape(intermediates, final);
    }
    void on_csi(std::string_view parameters, std::string_view intermediates, char final) override
    {
        const auto sequence = parse_control(parameters, intermediates, final);
        drawn.control(sequence);
        modes.see_control(sequence);
    }
    void on_string(char, std::size_t) override {} // none of them draws
};

emulator::emulator(int columns, int rows)
    : state_(std::make_unique<state>(bounded_columns(columns), bounded_rows(rows)))
{}
emulator::~emulator() = default;
emulator::emulator(emulator&&) noexcept = default;
emulator& emulator::operator=(emulator&&) noexcept = default;

void emulator::feed(byte_view output)
{
    while (!output.empty()) output = output.subspan(feed_some(output, SIZE_MAX));
}

std::size_t emulator::feed_some(byte_view output, std::size_t cells)
{
    constexpr std::size_t worth_skipping = 8192, piece = 32;
    auto& s = *state_;
    auto left = as_text(output);
    if (left.size() > worth_skipping && s.drawn.scrolls_all() && s.scanner.unfinished().empty() &&
        is_plain(left))
        left.remove_prefix(unseen_part(left, rows()));
    const auto before = s.drawn.cells_touched();
    while (!left.empty() && s.drawn.cells_touched() - before < cells) {
        const auto next = left.substr(0, piece);
        s.feed(next);
        left.remove_prefix(next.size());
    }
    return output.size() - left.size();
}

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
           s.drawn.paint_modes() + s.scanner.unfinished();
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
