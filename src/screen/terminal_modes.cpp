#include "screen/terminal_modes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace verbatim::screen {
namespace {

// Those that a painted terminal is given, and whether they are on after a reset. Others are not
// passed on: nobody knows what they do.
struct known_mode {
    int number;
    bool usual;
};
constexpr std::array<known_mode, 17> known_modes{
    {{1, false}, {5, false}, {6, false}, {7, true}, {25, true}, {66, false}, {69, false},
        {1000, false}, {1002, false}, {1003, false}, {1004, false}, {1005, false}, {1006, false},
        {1007, false}, {1015, false}, {2004, false}, {9, false}}};
constexpr int origin_mode = 6;
constexpr std::size_t longest_title = 200;

// "\033[?1;25h": its marker ('?' or 0), numbers and final byte.
struct control {
    char marker = 0, final = 0;
    bool plain = true; // no intermediate bytes
    std::vector<int> numbers;
};

control parse(std::string_view sequence)
{
    control out;
    if (sequence.size() < 3) return out;
    out.final = sequence.back();
    auto body = sequence.substr(2, sequence.size() - 3);
    if (!body.empty() && body.front() >= '<' && body.front() <= '?') {
        out.marker = body.front();
        body.remove_prefix(1);
    }
    constexpr std::size_t most_numbers = 32;
    while (out.numbers.size() < most_numbers) {
        const auto end = std::min(body.find(';'), body.size());
        const auto word = body.substr(0, end);
        int number = 0;
        const auto read = std::from_chars(word.data(), word.data() + word.size(), number);
        if (read.ptr != word.data() + word.size()) out.plain = false;
        out.numbers.push_back(number);
        if (end == body.size()) break;
        body.remove_prefix(end + 1);
    }
    return out;
}

const known_mode* find_known(int mode)
{
    const auto* const found = std::find_if(known_modes.begin(), known_modes.end(),
        [&](const known_mode& each) { return each.number == mode; });
    return found == known_modes.end() ? nullptr : found;
}

bool is_alternate(int mode) { return mode == 47 || mode == 1047 || mode == 1049; }

std::string switched(int mode, bool on)
{
    return "\033[?" + std::to_string(mode) + (on ? 'h' : 'l');
}

} // namespace

bool terminal_modes::is_set(int mode) const noexcept
{
    const auto found = private_.find(mode);
    if (found != private_.end()) return found->second;
    const auto* const known = find_known(mode);
    return known && known->usual;
}

void terminal_modes::resized(int rows)
{
    rows_ = rows;
    top_ = 0;
    bottom_ = rows - 1;
}

void terminal_modes::soft_reset()
{
    resized(rows_);
    for (const int mode : {1, 6, 7, 25, 66, 69}) private_.erase(mode);
    insert_ = keypad_ = shifted_ = false;
    sets_[0] = sets_[1] = 'B';
}

void terminal_modes::see_escape(std::string_view sequence)
{
    if (sequence.size() == 2) {
        if (sequence[1] == '=') keypad_ = true;
        else if (sequence[1] == '>') keypad_ = false;
        else if (sequence[1] == 'c') *this = terminal_modes(rows_);
    } else if (sequence.size() == 3 && (sequence[1] == '(' || sequence[1] == ')')) {
        const char set = sequence[2];
        const bool known = (set >= '0' && set <= '9') || (set >= 'A' && set <= 'Z');
        sets_[sequence[1] == ')'] = known ? set : 'B';
    }
}

void terminal_modes::see_control(std::string_view sequence)
{
    const auto parsed = parse(sequence);
    const char final = parsed.final;
    if (sequence == "\033[!p") return soft_reset();
    if (final == 'q' && sequence.size() <= 6 && sequence.find(' ') != sequence.npos) {
        cursor_shape_ = sequence == "\033[0 q" ? std::string_view() : sequence;
    } else if ((final == 'h' || final == 'l') && parsed.plain) {
        for (const int mode : parsed.numbers) {
            if (parsed.marker == '?') set_private(mode, final == 'h');
            else if (parsed.marker == 0) set_ansi(mode, final == 'h');
        }
    } else if (final == 'r' && parsed.marker == 0 && parsed.plain) {
        const int top = std::max(1, parsed.numbers[0]);
        const int last = parsed.numbers.size() > 1 ? parsed.numbers[1] : 0;
        const int bottom = last == 0 ? rows_ : std::min(last, rows_);
        if (top >= bottom) return;
        top_ = top - 1;
        bottom_ = bottom - 1;
    }
}

void terminal_modes::set_private(int mode, bool on)
{
    if (is_alternate(mode)) alternate_ = on;
    const auto* const known = find_known(mode);
    if (!known) return;
    if (on == known->usual) private_.erase(mode);
    else private_[mode] = on;
}

void terminal_modes::set_ansi(int mode, bool on)
{
    if (mode == 4) insert_ = on;
    else if (mode == 20) newline_ = on;
}

// "\033]0;TITLE\a" and "\033]2;TITLE\033\\"
void terminal_modes::see_string(std::string_view sequence)
{
    if (!sequence.starts_with("\033]0;") && !sequence.starts_with("\033]2;")) return;
    auto text = sequence.substr(4);
    if (text.ends_with('\a')) text.remove_suffix(1);
    else if (text.ends_with("\033\\")) text.remove_suffix(2);
    title_.clear();
    for (const char c : text.substr(0, longest_title)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f) title_ += c;
    }
}

int terminal_modes::switches_screen(std::string_view sequence)
{
    const auto parsed = parse(sequence);
    if (parsed.marker != '?' || (parsed.final != 'h' && parsed.final != 'l')) return 0;
    if (std::none_of(parsed.numbers.begin(), parsed.numbers.end(), is_alternate)) return 0;
    return parsed.final == 'h' ? 1 : -1;
}

bool terminal_modes::saves_cursor(std::string_view sequence)
{
    return sequence == "\0337" || sequence == "\033[s" || sequence == "\033[?1048h";
}

std::string terminal_modes::reset()
{
    std::string out = "\033[?1049l\033[!p\033[?69l\033[r";
    for (const auto& each : known_modes) out += switched(each.number, each.usual);
    return out + "\033[4l\033[20l\033>\033(B\033)B\017\033[0 q\033[0m\033[H\033[2J";
}

std::string terminal_modes::before_cursor() const
{
    std::string out;
    if (is_set(69)) out += switched(69, true);
    if (top_ != 0 || bottom_ != rows_ - 1)
        out += "\033[" + std::to_string(top_ + 1) + ';' + std::to_string(bottom_ + 1) + 'r';
    if (is_set(origin_mode)) out += switched(origin_mode, true);
    return out;
}

std::string terminal_modes::after_cursor() const
{
    std::string out;
    for (const auto& [mode, on] : private_)
        if (mode != origin_mode && mode != 69 && mode != 7) out += switched(mode, on);
    if (insert_) out += "\033[4h";
    if (newline_) out += "\033[20h";
    if (keypad_) out += "\033=";
    if (sets_[0] != 'B') out += std::string("\033(") + sets_[0];
    if (sets_[1] != 'B') out += std::string("\033)") + sets_[1];
    if (shifted_) out += '\016';
    out += cursor_shape_;
    if (!title_.empty()) out += "\033]2;" + title_ + '\a';
    return out;
}

} // namespace verbatim::screen
