#include <verbatim/wire/remote_command.hpp>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace verbatim::wire::remote_command {
namespace {

namespace json = boost::json;

constexpr std::size_t max_object_bytes = 256;
constexpr std::uint32_t max_length = 65535;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Kubernetes' servers do not look at the case of keys.
bool is_key(std::string_view key, std::string_view lower_case)
{
    return std::ranges::equal(key, lower_case,
        [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

bool read_length(const json::value& from, std::uint32_t& to)
{
    if (!from.is_int64() || from.get_int64() < 0 || from.get_int64() > max_length) return false;
    to = static_cast<std::uint32_t>(from.get_int64());
    return true;
}

result<terminal_size> parse_size(std::string_view object)
{
    // Enough for 256 bytes of JSON; what needs more goes to the heap.
    std::array<unsigned char, 2048> memory;
    json::monotonic_resource resource(memory.data(), memory.size());
    error_code failed;
    const auto value = json::parse(object, failed, &resource);
    if (failed || !value.is_object()) return errc::malformed;
    terminal_size size;
    for (const auto& member : value.get_object()) {
        if (is_key(member.key(), "width") && !read_length(member.value(), size.columns))
            return errc::malformed;
        if (is_key(member.key(), "height") && !read_length(member.value(), size.rows))
            return errc::malformed;
    }
    return size;
}

} // namespace

// True: `next` ends the object.
bool size_reader::ends_object(char next)
{
    if (in_text_) {
        if (escaped_) escaped_ = false;
        else if (next == '\\') escaped_ = true;
        else if (next == '"') in_text_ = false;
        return false;
    }
    if (next == '"') in_text_ = true;
    if (next == '{') ++depth_;
    return next == '}' && --depth_ == 0;
}

result<std::vector<terminal_size>> size_reader::feed(byte_view bytes)
{
    std::vector<terminal_size> sizes;
    for (const char next : as_text(bytes)) {
        if (failed_) break;
        if (partial_.empty() && is_blank(next)) continue;
        if ((partial_.empty() && next != '{') || partial_.size() == max_object_bytes) {
            failed_ = errc::malformed;
            break;
        }
        partial_ += next;
        if (!ends_object(next)) continue;
        const auto size = parse_size(partial_);
        if (size) sizes.push_back(*size);
        else failed_ = size.error();
        partial_.clear();
    }
    if (failed_) return failed_;
    return sizes;
}

std::string size_text(terminal_size size)
{
    return "{\"Width\":" + std::to_string(std::min(size.columns, max_length)) +
           ",\"Height\":" + std::to_string(std::min(size.rows, max_length)) + "}\n";
}

} // namespace verbatim::wire::remote_command
