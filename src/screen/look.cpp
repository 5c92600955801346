#include "screen/look.hpp"

#include <array>
#include <optional>

namespace verbatim::screen {
namespace {

struct style_number {
    int number;
    std::uint16_t style;
};
constexpr std::array<style_number, 9> set_by{{{1, look::bold}, {2, look::faint}, {3, look::italic},
    {4, look::underlined}, {5, look::blinking}, {7, look::reversed}, {8, look::concealed},
    {9, look::struck_out}, {21, look::underlined_twice}}};
constexpr std::array<style_number, 7> unset_by{{{22, look::bold | look::faint}, {23, look::italic},
    {24, look::underlined | look::underlined_twice}, {25, look::blinking}, {27, look::reversed},
    {28, look::concealed}, {29, look::struck_out}}};

std::uint32_t indexed(int index) { return look::indexed | static_cast<std::uint32_t>(index); }

// One attribute of an SGR: "38:5:200", or "38" with what follows it.
class attribute {
public:
    attribute(const control_sequence& sequence, std::size_t at)
        : all_(sequence), at_(at), end_(at + 1)
    {
        while (end_ < all_.parameters.size() && all_.parameters[end_].continues) ++end_;
    }

    int number() const { return all_.value(at_, 0); }
    std::size_t end() const { return end_; }
    /// Of "4:3" the 3.
    std::optional<int> part() const
    {
        if (end_ == at_ + 1) return std::nullopt;
        return all_.value(at_ + 1, 0);
    }
    /// Of 38 and 48, in either spelling; none: nothing that can be drawn.
    std::optional<std::uint32_t> color()
    {
        const bool joined = end_ > at_ + 1;
        const int kind = all_.value(at_ + 1, 0);
        const auto at = [&](std::size_t i) { return all_.value(at_ + i, 0); };
        const auto is_byte = [](int value) { return value >= 0 && value <= 255; };
        const std::size_t parts = joined ? end_ - at_ : 0;
        if (kind == 5) {
            if (!joined) end_ = at_ + 3;
            return is_byte(at(2)) ? std::optional(indexed(at(2))) : std::nullopt;
        }
        if (kind != 2) {
            if (!joined) end_ = at_ + 2;
            return std::nullopt;
        }
        if (!joined) end_ = at_ + 5;
        // "38:2::1:2:3" names a colour space, "38:2:1:2:3" does not.
        constexpr std::size_t with_space = 6;
        const std::size_t first = parts >= with_space ? 3 : 2;
        if (!is_byte(at(first)) || !is_byte(at(first + 1)) || !is_byte(at(first + 2)))
            return std::nullopt;
        return look::rgb | static_cast<std::uint32_t>(at(first)) << 16 |
               static_cast<std::uint32_t>(at(first + 1)) << 8 |
               static_cast<std::uint32_t>(at(first + 2));
    }

private:
    const control_sequence& all_;
    std::size_t at_, end_;
};

void set_style(look& of, int number, std::optional<int> part)
{
    constexpr int underline = 4, twice = 2;
    constexpr auto lines = look::underlined | look::underlined_twice;
    if (number == underline && part) {
        of.styles &= static_cast<std::uint16_t>(~lines);
        if (*part == twice) of.styles |= look::underlined_twice;
        else if (*part != 0) of.styles |= look::underlined;
        return;
    }
    for (const auto& each : set_by) {
        if (each.number != number) continue;
        if ((each.style & lines) != 0) of.styles &= static_cast<std::uint16_t>(~lines);
        of.styles |= each.style;
    }
    for (const auto& each : unset_by)
        if (each.number == number) of.styles &= static_cast<std::uint16_t>(~each.style);
}

void append_color(std::string& to, std::uint32_t color, int base)
{
    if (color == look::own_color) return;
    const auto add = [&](std::uint32_t value) { to += ';' + std::to_string(value); };
    const auto first = static_cast<std::uint32_t>(base);
    const auto low = color & 0xffffff;
    if ((color & look::rgb) != 0) {
        for (const auto value : {first + 8, 2U, low >> 16, low >> 8 & 0xff, low & 0xff}) add(value);
    } else if (low < 8) {
        add(first + low);
    } else if (low < 16) {
        add(first + 60 + low - 8);
    } else {
        for (const auto value : {first + 8, 5U, low}) add(value);
    }
}

} // namespace

void select_graphic_rendition(look& of, const control_sequence& sequence)
{
    const auto is_between = [](int n, int first, int last) { return n >= first && n <= last; };
    for (std::size_t at = 0; at < sequence.parameters.size();) {
        attribute next(sequence, at);
        const int n = next.number();
        if (n == 0) of = {};
        else if (n == 38 || n == 48) {
            if (const auto color = next.color()) (n == 38 ? of.foreground : of.background) = *color;
        } else if (n == 58) next.color(); // of the underline: not drawn
        else if (n == 39) of.foreground = look::own_color;
        else if (n == 49) of.background = look::own_color;
        else if (is_between(n, 30, 37)) of.foreground = indexed(n - 30);
        else if (is_between(n, 40, 47)) of.background = indexed(n - 40);
        else if (is_between(n, 90, 97)) of.foreground = indexed(n - 90 + 8);
        else if (is_between(n, 100, 107)) of.background = indexed(n - 100 + 8);
        else set_style(of, n, next.part());
        at = next.end();
    }
}

std::string to_sgr(const look& of)
{
    std::string out = "\033[0";
    for (const auto& each : set_by)
        if ((of.styles & each.style) != 0) out += ';' + std::to_string(each.number);
    append_color(out, of.foreground, 30);
    append_color(out, of.background, 40);
    return out + 'm';
}

} // namespace verbatim::screen
