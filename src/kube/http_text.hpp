#pragma once
// RFC 9110's words about text: tokens, names without case, lists.

#include <cstddef>
#include <string>
#include <string_view>

namespace verbatim::kube {

inline char to_lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string to_lower(std::string_view text)
{
    std::string out(text);
    for (auto& c : out) c = to_lower(c);
    return out;
}

/// Equal but for the case of ASCII letters.
inline bool same_name(std::string_view a, std::string_view b) noexcept
{
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (to_lower(a[i]) != to_lower(b[i])) return false;
    return true;
}

/// Without spaces and tabs at both ends.
inline std::string_view trimmed(std::string_view text) noexcept
{
    const auto begin = text.find_first_not_of(" \t");
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// RFC 9110 5.6.2.
inline bool is_token(std::string_view text) noexcept
{
    if (text.empty()) return false;
    for (const char c : text) {
        const bool alphanumeric =
            (c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'z');
        if (!alphanumeric && std::string_view("!#$%&'*+-.^_`|~").find(c) == std::string_view::npos)
            return false;
    }
    return true;
}

/// May stand in a field's value: no control characters but the tab.
inline bool is_field_value(std::string_view text) noexcept
{
    for (const char c : text)
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) return false;
    return true;
}

} // namespace verbatim::kube
