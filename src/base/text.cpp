#include <verbatim/base/text.hpp>

#include <array>

namespace verbatim {
namespace {

constexpr char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char hex_digits[] = "0123456789abcdef";

// Length of the well-formed UTF-8 sequence at the start of `text`, 0 if there is none
// (Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF).
std::size_t sequence_length(std::string_view text) noexcept
{
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
        return i < text.size() && at(i) >= low && at(i) <= high;
    };
    const unsigned lead = at(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xc2 && lead <= 0xdf) return continues(1) ? 2 : 0;
    if (lead >= 0xe0 && lead <= 0xef) {
        const unsigned low = lead == 0xe0 ? 0xa0 : 0x80;
        const unsigned high = lead == 0xed ? 0x9f : 0xbf;
        return continues(1, low, high) && continues(2) ? 3 : 0;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        const unsigned low = lead == 0xf0 ? 0x90 : 0x80;
        const unsigned high = lead == 0xf4 ? 0x8f : 0xbf;
        return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

void append_escaped(std::string& out, char c)
{
    const auto value = static_cast<unsigned char>(c);
    out += "\\x";
    out += hex_digits[value >> 4];
    out += hex_digits[value & 0x0f];
}

template <class KeepAscii>
std::string escape(std::string_view raw, KeepAscii keep_ascii)
{
    std::string out;
    out.reserve(raw.size());
    while (!raw.empty()) {
        const std::size_t length = sequence_length(raw);
        // U+0080 to U+009F are control characters too: terminals act on some of them.
        const bool c1_control =
            length == 2 && raw[0] == '\xc2' && static_cast<unsigned char>(raw[1]) < 0xa0;
        if (length > 1 && !(c1_control && !keep_ascii('\x01'))) {
            out.append(raw.substr(0, length));
            raw.remove_prefix(length);
            continue;
        }
        if (length == 1 && keep_ascii(raw[0])) out += raw[0];
        else append_escaped(out, raw[0]);
        raw.remove_prefix(1);
    }
    return out;
}

bool is_bare_word(std::string_view word) noexcept
{
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789_@%+=:,./-";
    return !word.empty() && word.find_first_not_of(plain) == word.npos;
}

int base64_value(char c) noexcept
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    if (c == '/') return 63;
    return -1;
}

} // namespace

bool is_utf8(std::string_view text) noexcept
{
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string to_printable_utf8(std::string_view raw)
{
    return escape(raw, [](char) { return true; });
}

std::string escape_for_log(std::string_view raw, std::size_t limit)
{
    const bool cut = raw.size() > limit;
    auto out = escape(raw.substr(0, limit), [](char c) { return c >= 0x20 && c != 0x7f; });
    if (cut) out += "...";
    return out;
}

std::string to_base64(byte_view bytes)
{
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j)
            group = group << 8 | (j < have ? std::to_integer<std::uint32_t>(bytes[i + j]) : 0u);
        for (std::size_t j = 0; j < 4; ++j)
            out += j <= have ? base64_digits[group >> (18 - 6 * j) & 63] : '=';
    }
    return out;
}

result<byte_buffer> from_base64(std::string_view text)
{
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    if (text.size() % 4 == 1) return errc::malformed;
    byte_buffer out;
    out.reserve(text.size() * 3 / 4);
    std::uint32_t group = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const int value = base64_value(c);
        if (value < 0) return errc::malformed;
        group = group << 6 | static_cast<std::uint32_t>(value);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out.push_back(static_cast<std::byte>(group >> bits & 0xff));
        }
    }
    return out;
}

std::string to_hex(byte_view bytes)
{
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const auto byte : bytes) {
        out += hex_digits[std::to_integer<unsigned>(byte) >> 4];
        out += hex_digits[std::to_integer<unsigned>(byte) & 0x0f];
    }
    return out;
}

std::string shell_joined(std::span<const std::string> arguments)
{
    std::string out;
    for (const auto& word : arguments) {
        if (!out.empty()) out += ' ';
        // A first word with = in it would be a variable's assignment.
        const bool first = &word == arguments.data();
        if (is_bare_word(word) && !(first && word.find('=') != word.npos)) {
            out += word;
            continue;
        }
        out += '\'';
        for (const char c : word)
            if (c == '\'') out += "'\\''";
            else out += c;
        out += '\'';
    }
    return out;
}

} // namespace verbatim
