#include "replay/json_text.hpp"

namespace verbatim::replay {

namespace {

void append_unicode_escape(std::string& out, unsigned value)
{
    constexpr std::string_view digits = "0123456789abcdef";
    out.append("\\u00");
    out.push_back(digits[value >> 4]);
    out.push_back(digits[value & 15]);
}

} // namespace

void append_json_string(std::string& out, std::string_view utf8)
{
    out.push_back('"');
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto byte = static_cast<unsigned char>(utf8[i]);
        if (byte == '"' || byte == '\\') {
            out.push_back('\\');
            out.push_back(utf8[i]);
        } else if (byte == '\n') {
            out.append("\\n");
        } else if (byte == '\r') {
            out.append("\\r");
        } else if (byte < 0x20 || byte == 0x7f) {
            append_unicode_escape(out, byte);
        } else if (byte == 0xc2 && i + 1 < utf8.size() &&
                   static_cast<unsigned char>(utf8[i + 1]) < 0xa0) {
            append_unicode_escape(out, static_cast<unsigned char>(utf8[++i]));
        } else {
            out.push_back(utf8[i]);
        }
    }
    out.push_back('"');
}

void append_json_number(std::string& out, std::string_view key, std::int64_t value)
{
    if (!out.empty() && out.back() != '{') out.push_back(',');
    append_json_string(out, key);
    out.push_back(':');
    out.append(std::to_string(value));
}

} // namespace verbatim::replay
