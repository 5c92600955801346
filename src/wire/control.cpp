#include <verbatim/wire/control.hpp>

#include "wire/big_endian.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace verbatim::wire::control {
namespace {

namespace json = boost::json;

constexpr std::size_t header_bytes = 5, number_bytes = 4;
constexpr std::size_t max_depth = 4;

void append_number(std::string& out, std::uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

std::uint32_t number_at(std::string_view text, std::size_t at)
{
    return load_u32(as_bytes(text).data() + at);
}

bool is_known(std::uint8_t value)
{
    return value >= static_cast<std::uint8_t>(kind::request) &&
           value <= static_cast<std::uint8_t>(kind::exit);
}

bool read_words(const json::value& value, std::vector<std::string>& out)
{
    if (!value.is_array() || value.get_array().size() > max_words) return false;
    for (const auto& each : value.get_array()) {
        if (!each.is_string() || each.get_string().size() > max_word_bytes) return false;
        out.emplace_back(each.get_string());
    }
    return !out.empty();
}

bool read_number(const json::object& object, std::string_view key, std::uint32_t& out)
{
    const auto* value = object.if_contains(key);
    if (!value) return false;
    error_code not_a_number;
    out = value->to_number<std::uint32_t>(not_a_number);
    return !not_a_number;
}

bool read_terminal(const json::value& value, std::optional<terminal_size>& out)
{
    if (!value.is_object() || value.get_object().size() != 2) return false;
    auto& size = out.emplace();
    return read_number(value.get_object(), "columns", size.columns) &&
           read_number(value.get_object(), "rows", size.rows);
}

bool read_member(std::string_view key, const json::value& value, request& out)
{
    if (key == "words") return read_words(value, out.words);
    if (key == "terminal") return read_terminal(value, out.terminal);
    if (key != "json" || !value.is_bool()) return false;
    out.json = value.get_bool();
    return true;
}

} // namespace

void append_frame(std::string& out, kind what, std::string_view payload)
{
    append_number(out, static_cast<std::uint32_t>(payload.size()));
    out += static_cast<char>(what);
    out += payload;
}

void append_data(std::string& out, std::string_view bytes)
{
    while (!bytes.empty()) {
        append_frame(out, kind::data, bytes.substr(0, max_payload));
        bytes.remove_prefix(std::min(bytes.size(), max_payload));
    }
}

void append_resize(std::string& out, terminal_size size)
{
    std::string payload;
    append_number(payload, size.columns);
    append_number(payload, size.rows);
    append_frame(out, kind::resize, payload);
}

void append_exit(std::string& out, std::uint32_t status)
{
    std::string payload;
    append_number(payload, status);
    append_frame(out, kind::exit, payload);
}

result<terminal_size> parse_resize(std::string_view payload)
{
    if (payload.size() != 2 * number_bytes) return errc::malformed;
    return terminal_size{number_at(payload, 0), number_at(payload, number_bytes)};
}

result<std::uint32_t> parse_exit(std::string_view payload)
{
    if (payload.size() != number_bytes) return errc::malformed;
    return number_at(payload, 0);
}

void frame_reader::feed(byte_view bytes)
{
    buffer_.erase(0, std::exchange(taken_, 0));
    if (!failed_) buffer_ += as_text(bytes);
}

result<std::optional<frame>> frame_reader::next()
{
    if (failed_) return failed_;
    const auto rest = std::string_view(buffer_).substr(taken_);
    if (rest.size() < header_bytes) return std::optional<frame>();
    const auto size = number_at(rest, 0);
    const auto what = static_cast<std::uint8_t>(rest[number_bytes]);
    if (size > max_payload) failed_ = errc::out_of_range;
    else if (!is_known(what)) failed_ = errc::malformed;
    if (failed_) return failed_;
    if (rest.size() - header_bytes < size) return std::optional<frame>();
    taken_ += header_bytes + size;
    return std::optional(frame{static_cast<kind>(what), rest.substr(header_bytes, size)});
}

std::string to_text(const request& what)
{
    json::object out;
    json::array words;
    for (const auto& each : what.words) words.emplace_back(each);
    out["words"] = std::move(words);
    if (what.json) out["json"] = true;
    if (what.terminal)
        out["terminal"] = {{"columns", what.terminal->columns}, {"rows", what.terminal->rows}};
    return json::serialize(out);
}

result<request> parse_request(std::string_view text)
{
    json::parse_options options;
    options.max_depth = max_depth;
    error_code failed;
    const auto parsed = json::parse({text.data(), text.size()}, failed, {}, options);
    if (failed || !parsed.is_object()) return errc::malformed;
    request out;
    for (const auto& [key, value] : parsed.get_object())
        if (!read_member({key.data(), key.size()}, value, out)) return errc::malformed;
    if (out.words.empty()) return errc::malformed;
    return out;
}

} // namespace verbatim::wire::control
