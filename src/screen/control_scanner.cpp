#include "screen/control_scanner.hpp"

#include <algorithm>

namespace verbatim::screen {
namespace {

constexpr char escape = 033, bell = 007, shift_out = 016, shift_in = 017, cancel = 030,
               substitute = 032;

bool starts_string(char c) { return c == ']' || c == 'P' || c == '_' || c == '^' || c == 'X'; }
bool aborts(char c) { return c == cancel || c == substitute; }
bool is_between(char c, char first, char last) { return c >= first && c <= last; }

// How many bytes the UTF-8 character that begins so has; 1 for what is none.
std::size_t utf8_size(unsigned char lead)
{
    if (lead >= 0xf0 && lead <= 0xf4) return 4;
    if (lead >= 0xe0) return lead <= 0xef ? 3 : 1;
    return lead >= 0xc2 ? 2 : 1;
}

// Bytes at the end of `text` that begin a character which is not whole.
std::size_t unfinished_character(std::string_view text)
{
    constexpr std::size_t longest = 4;
    for (std::size_t back = 1; back <= std::min(longest - 1, text.size()); ++back) {
        const auto byte = static_cast<unsigned char>(text[text.size() - back]);
        if (byte < 0x80) return 0;
        if (byte >= 0xc0) return utf8_size(byte) > back ? back : 0;
    }
    return 0;
}

} // namespace

void control_scanner::feed(std::string_view bytes)
{
    buffer_.erase(0, at_);
    at_ = 0;
    buffer_ += bytes;
}

control_scanner::item control_scanner::take(item::kind what, std::size_t size)
{
    const item out{what, std::string_view(buffer_).substr(at_, size)};
    at_ += size;
    return out;
}

control_scanner::item control_scanner::next()
{
    if (in_overlong_string_) drop_overlong_string();
    const auto rest = unfinished();
    if (rest.empty() || in_overlong_string_) return {};
    if (rest.front() == escape) return next_escape(rest);
    if (rest.front() == shift_out || rest.front() == shift_in) return take(item::kind::shift, 1);
    const auto size = text_size(rest);
    return size == 0 ? item{} : take(item::kind::text, size);
}

std::size_t control_scanner::text_size(std::string_view rest) const noexcept
{
    const auto* end = std::find_if(rest.begin(), rest.end(),
        [](char c) { return c == escape || c == shift_out || c == shift_in; });
    const auto text = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    return end == rest.end() ? text.size() - unfinished_character(text) : text.size();
}

control_scanner::item control_scanner::next_escape(std::string_view rest)
{
    if (rest.size() < 2) return {};
    if (starts_string(rest[1])) return next_string(rest);
    const bool is_control = rest[1] == '[';
    for (std::size_t i = is_control ? 2 : 1; i < rest.size(); ++i) {
        const char c = rest[i];
        // A new escape, or CAN and SUB, end what was begun.
        if (c == escape) return take(item::kind::escape, i);
        if (aborts(c)) return take(item::kind::escape, i + 1);
        if (is_control ? is_between(c, '@', '~') : is_between(c, '0', '~'))
            return take(is_control ? item::kind::control : item::kind::escape, i + 1);
        if (i >= longest_sequence) return take(item::kind::escape, i);
    }
    return {};
}

control_scanner::item control_scanner::next_string(std::string_view rest)
{
    for (std::size_t i = 2; i < rest.size(); ++i) {
        const char c = rest[i];
        if (c == bell || aborts(c)) return take(item::kind::string, i + 1);
        if (c == escape) {
            if (i + 1 == rest.size()) return {};
            return take(item::kind::string, rest[i + 1] == '\\' ? i + 2 : i);
        }
        if (i >= longest_sequence) {
            in_overlong_string_ = true;
            return take(item::kind::string, i);
        }
    }
    return {};
}

void control_scanner::drop_overlong_string()
{
    const auto rest = unfinished();
    const auto* end = std::find_if(
        rest.begin(), rest.end(), [](char c) { return c == bell || c == escape || aborts(c); });
    at_ += static_cast<std::size_t>(end - rest.begin());
    if (end == rest.end()) return;
    if (*end != escape) ++at_;
    else if (rest.end() - end < 2) return; // is it ST?
    else if (*(end + 1) == '\\') at_ += 2;
    in_overlong_string_ = false;
}

} // namespace verbatim::screen
