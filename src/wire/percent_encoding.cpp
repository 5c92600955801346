#include "wire/percent_encoding.hpp"

namespace verbatim::wire {
namespace {

int digit_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

} // namespace

std::optional<std::string> decode_percent(std::string_view text, bool plus_is_space)
{
    std::string raw;
    raw.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c <= ' ' || c >= '\x7f') return std::nullopt;
        if (c != '%') {
            raw += c == '+' && plus_is_space ? ' ' : c;
            continue;
        }
        if (text.size() - i < 3) return std::nullopt;
        const int high = digit_value(text[i + 1]), low = digit_value(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        raw += static_cast<char>(high << 4 | low);
        i += 2;
    }
    return raw;
}

void append_percent(std::string& to, std::string_view raw, std::string_view also_plain)
{
    constexpr char digits[] = "0123456789ABCDEF";
    for (const char c : raw) {
        if (is_unreserved(c) || (c != '\0' && also_plain.find(c) != also_plain.npos)) {
            to += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        to += '%';
        to += digits[byte >> 4];
        to += digits[byte & 0x0f];
    }
}

} // namespace verbatim::wire
