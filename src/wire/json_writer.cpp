#include "json_writer.hpp"

#include <verbatim/base/text.hpp>

#include <openssl/sha.h>

#include <array>
#include <charconv>
#include <utility>

namespace verbatim::wire {
namespace {

// Bytes that stand in a JSON string as they are and need no look at their neighbours.
constexpr auto plain_bytes = [] {
    std::array<bool, 256> plain{};
    for (std::size_t c = 0x20; c < 0x7f; ++c) plain[c] = c != '"' && c != '\\';
    return plain;
}();

constexpr bool is_plain(char c) { return plain_bytes[static_cast<unsigned char>(c)]; }

bool is_all_plain(std::string_view text)
{
    for (const char c : text)
        if (!is_plain(c)) return false;
    return true;
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Cuts before `limit`, not inside of a UTF-8 sequence.
std::string_view cut(std::string_view text, std::size_t limit)
{
    if (text.size() <= limit) return text;
    std::size_t end = limit;
    while (end > 0 && limit - end < 3 && is_continuation(text[end])) --end;
    return text.substr(0, is_continuation(text[end]) ? limit : end);
}

template <class Number>
void append_number(std::string& out, Number value)
{
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out.append(digits, end);
}

std::string sha256_hex(std::string_view whole)
{
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    ::SHA256(reinterpret_cast<const unsigned char*>(whole.data()), whole.size(), digest.data());
    return to_hex(as_bytes(digest.data(), digest.size()));
}

void append_unicode_escape(std::string& out, unsigned value)
{
    constexpr char hex[] = "0123456789abcdef";
    out += "\\u00";
    out += hex[value >> 4 & 15];
    out += hex[value & 15];
}

void append_special(std::string& out, char c)
{
    switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default: append_unicode_escape(out, static_cast<unsigned char>(c));
    }
}

template <class Strings>
std::string join(const Strings& pieces)
{
    std::string whole;
    bool first = true;
    for (const std::string_view piece : pieces) {
        if (!first) whole += '\0';
        first = false;
        whole += piece;
    }
    return whole;
}

} // namespace

json_writer::json_writer(std::size_t text_limit) : out_("{"), text_limit_(text_limit)
{
    out_.reserve(1024);
}

void json_writer::begin_member(std::string_view key)
{
    if (out_.back() != '{') out_ += ',';
    out_ += '"';
    out_ += key;
    out_ += "\":";
}

// `utf8` is valid. C1 controls are escaped too: terminals act on some of them.
void json_writer::append_quoted(std::string_view utf8)
{
    out_ += '"';
    std::size_t i = 0;
    while (i < utf8.size()) {
        std::size_t run = i;
        while (run < utf8.size() && is_plain(utf8[run])) ++run;
        out_.append(utf8, i, run - i);
        i = run;
        if (i == utf8.size()) break;
        const auto byte = static_cast<unsigned char>(utf8[i]);
        if (byte == 0xc2 && static_cast<unsigned char>(utf8[i + 1]) < 0xa0) {
            append_unicode_escape(out_, static_cast<unsigned char>(utf8[i + 1]));
            i += 2;
        } else if (byte < 0x80) {
            append_special(out_, utf8[i++]);
        } else {
            out_ += utf8[i++];
        }
    }
    out_ += '"';
}

// Writes at most `limit` bytes of `value` and returns them as they were.
std::string_view json_writer::append_text(std::string_view value, std::size_t limit, bool& not_utf8)
{
    const auto kept = cut(value, limit);
    if (is_all_plain(kept)) {
        out_ += '"';
        out_ += kept;
        out_ += '"';
    } else if (is_utf8(kept)) {
        append_quoted(kept);
    } else {
        not_utf8 = true;
        append_quoted(to_printable_utf8(kept));
    }
    return kept;
}

void json_writer::note_raw(std::string_view key, std::string_view bytes)
{
    twins_ += ",\"";
    twins_ += key;
    twins_ += "_raw\":\"";
    twins_ += to_base64(as_bytes(bytes));
    twins_ += '"';
}

void json_writer::note_raw_list(std::string_view key, const std::vector<std::string_view>& pieces)
{
    twins_ += ",\"";
    twins_ += key;
    twins_ += "_raw\":[";
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        twins_ += i == 0 ? "\"" : ",\"";
        twins_ += to_base64(as_bytes(pieces[i]));
        twins_ += '"';
    }
    twins_ += ']';
}

void json_writer::note_cut(std::string_view key, std::string_view whole)
{
    twins_ += ",\"";
    twins_ += key;
    twins_ += "_len\":";
    append_number(twins_, whole.size());
    twins_ += ",\"";
    twins_ += key;
    twins_ += "_sha256\":\"";
    twins_ += sha256_hex(whole);
    twins_ += '"';
}

void json_writer::text(std::string_view key, std::string_view value)
{
    begin_member(key);
    bool not_utf8 = false;
    const auto kept = append_text(value, text_limit_, not_utf8);
    if (not_utf8) note_raw(key, kept);
    if (kept.size() < value.size()) note_cut(key, value);
}

void json_writer::text_if(std::string_view key, std::string_view value)
{
    if (!value.empty()) text(key, value);
}

void json_writer::number(std::string_view key, std::int64_t value)
{
    begin_member(key);
    append_number(out_, value);
}

void json_writer::number(std::string_view key, std::uint64_t value)
{
    begin_member(key);
    append_number(out_, value);
}

void json_writer::boolean(std::string_view key, bool value)
{
    begin_member(key);
    out_ += value ? "true" : "false";
}

void json_writer::begin_object(std::string_view key)
{
    begin_member(key);
    out_ += '{';
}

void json_writer::end_object() { out_ += '}'; }

// Each element costs its bytes and the few around it, so that a thousand empty ones have an end.
constexpr std::size_t element_cost = 4;

void json_writer::list(std::string_view key, const std::vector<std::string>& values)
{
    begin_member(key);
    if (values.empty()) {
        out_ += "null";
        return;
    }
    std::vector<std::string_view> kept;
    std::size_t budget = text_limit_;
    bool not_utf8 = false;
    bool whole = true;
    out_ += '[';
    for (const auto& value : values) {
        if (budget <= element_cost) {
            whole = false;
            break;
        }
        if (!kept.empty()) out_ += ',';
        kept.push_back(append_text(value, budget, not_utf8));
        if (kept.back().size() < value.size()) whole = false;
        budget -= std::min(budget, kept.back().size() + element_cost);
    }
    out_ += ']';
    if (not_utf8) note_raw_list(key, kept);
    if (!whole) note_cut(key, join(values));
}

void json_writer::list_if(std::string_view key, const std::vector<std::string>& values)
{
    if (!values.empty()) list(key, values);
}

void json_writer::map_if(std::string_view key, const std::map<std::string, std::string>& values)
{
    if (values.empty()) return;
    begin_member(key);
    std::vector<std::string_view> all;
    std::vector<std::string_view> kept;
    std::size_t budget = text_limit_;
    bool not_utf8 = false;
    bool whole = true;
    out_ += '{';
    for (const auto& [name, value] : values) {
        all.insert(all.end(), {name, value});
        // An entry is written whole or not at all: half a name would be another name.
        const std::size_t cost = name.size() + value.size() + 2 * element_cost;
        if (!whole || cost > budget) {
            whole = false;
            continue;
        }
        budget -= cost;
        if (!kept.empty()) out_ += ',';
        kept.push_back(append_text(name, name.size(), not_utf8));
        out_ += ':';
        kept.push_back(append_text(value, value.size(), not_utf8));
    }
    out_ += '}';
    if (not_utf8) note_raw_list(key, kept);
    if (!whole) note_cut(key, join(all));
}

std::string json_writer::finish()
{
    out_ += twins_;
    out_ += '}';
    return std::move(out_);
}

} // namespace verbatim::wire
