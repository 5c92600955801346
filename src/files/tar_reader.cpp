#include "files/tar_reader.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

namespace verbatim::files {
namespace {

// Places of a header's fields (POSIX.1-2017 pax, "ustar Interchange Format").
constexpr std::size_t name_at = 0, name_size = 100, mode_at = 100, mode_size = 8, size_at = 124,
                      size_size = 12, checksum_at = 148, checksum_size = 8, type_at = 156,
                      link_at = 157, link_size = 100, magic_at = 257, prefix_at = 345,
                      prefix_size = 155;

// More than any disk; so that sums of sizes do not overflow.
constexpr std::uint64_t largest_size = std::uint64_t{1} << 62;

std::string_view until_nul(std::string_view text) { return text.substr(0, text.find('\0')); }

/// Octal digits among spaces and NULs; empty: none, which is zero.
std::optional<std::uint64_t> octal(std::string_view text)
{
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    text = text.substr(0, text.find_first_of(std::string_view(" \0", 2)));
    std::uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '7' || value >= largest_size / 8) return std::nullopt;
        value = value * 8 + static_cast<std::uint64_t>(c - '0');
    }
    return value;
}

/// Octal, or a big-endian number behind a byte 0x80 (GNU). Negative ones are refused.
std::optional<std::uint64_t> number(std::string_view text)
{
    if ((static_cast<unsigned char>(text.front()) & 0x80) == 0) return octal(text);
    if (static_cast<unsigned char>(text.front()) != 0x80) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text.substr(1)) {
        if (value >= largest_size / 256) return std::nullopt;
        value = value << 8 | static_cast<unsigned char>(c);
    }
    return value;
}

/// Old programs summed signed characters.
bool checksum_is_right(std::string_view block)
{
    const auto said = octal(block.substr(checksum_at, checksum_size));
    std::int64_t as_unsigned = 0;
    std::int64_t as_signed = 0;
    for (std::size_t i = 0; i < block.size(); ++i) {
        const bool own = i >= checksum_at && i < checksum_at + checksum_size;
        const char c = own ? ' ' : block[i];
        as_unsigned += static_cast<unsigned char>(c);
        as_signed += static_cast<signed char>(c);
    }
    if (!said) return false;
    const auto value = static_cast<std::int64_t>(*said);
    return value == as_unsigned || value == as_signed;
}

std::optional<tar_kind> kind_of(char type)
{
    switch (type) {
    case '1': return tar_kind::hardlink;
    case '2': return tar_kind::symlink;
    case '3':
    case '4':
    case '6': return tar_kind::other;
    case '5': return tar_kind::directory;
    case 'D': // GNU: a directory with a list of its names
    case 'M': // GNU: the rest of a file that began in another volume
    case 'N': // GNU, old: long names
    case 'S': // GNU: sparse
    case 'V': // GNU: a volume's name
        return std::nullopt;
    default: return tar_kind::file; // POSIX: what is not known is extracted as a file
    }
}

} // namespace

bool tar_reader::fail(std::string_view why)
{
    state_ = state::failed;
    error_ = why;
    extension_ = {};
    return false;
}

std::string_view tar_reader::field(std::size_t offset, std::size_t size) const
{
    return std::string_view(block_.data(), block_.size()).substr(offset, size);
}

bool tar_reader::feed(byte_view bytes, tar_handler& handler)
{
    while (!bytes.empty() && state_ != state::ended && state_ != state::failed)
        bytes = bytes.subspan(take(bytes, handler));
    return state_ != state::failed;
}

std::size_t tar_reader::take(byte_view bytes, tar_handler& handler)
{
    if (state_ == state::header) return take_header(bytes, handler);
    if (state_ == state::extension) return take_extension(bytes);
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    left_ -= count;
    if (state_ == state::content) {
        handler.content(bytes.first(count));
        if (left_ != 0) return count;
        handler.end_member();
        left_ = std::exchange(padding_, 0);
        state_ = state::padding;
    }
    if (left_ == 0) state_ = state::header;
    return count;
}

void tar_reader::skip_padding(std::uint64_t size)
{
    padding_ = (block_bytes - size % block_bytes) % block_bytes;
}

std::size_t tar_reader::take_header(byte_view bytes, tar_handler& handler)
{
    const auto count = std::min(block_bytes - have_, bytes.size());
    std::ranges::copy(as_text(bytes.first(count)), block_.begin() + static_cast<long>(have_));
    have_ += count;
    if (have_ < block_bytes) return count;
    have_ = 0;
    if (std::ranges::all_of(block_, [](char c) { return c == 0; })) {
        if (std::exchange(zero_block_, true)) state_ = state::ended;
        return count;
    }
    zero_block_ = false;
    std::ignore = read_header(handler); // a failure is in state_
    return count;
}

bool tar_reader::read_header(tar_handler& handler)
{
    if (!checksum_is_right({block_.data(), block_.size()}))
        return fail("not a tar header: wrong checksum");
    const auto size = number(field(size_at, size_size));
    if (!size) return fail("a tar header's size is not a number");
    const char type = block_[type_at];
    if (std::string_view("LKxgX").find(type) != std::string_view::npos)
        return begin_extension(type, *size);
    return begin_member(type, pax_size_.value_or(*size), handler);
}

bool tar_reader::begin_extension(char type, std::uint64_t size)
{
    const bool name = type == 'L' || type == 'K';
    if (size > (name ? longest_name + 1 : longest_extension))
        return fail(name ? "a name is too long" : "a pax header is too long");
    extension_type_ = type;
    extension_.clear();
    left_ = size;
    skip_padding(size);
    state_ = state::extension;
    return size != 0 || end_extension();
}

std::size_t tar_reader::take_extension(byte_view bytes)
{
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    extension_ += as_text(bytes.first(count));
    left_ -= count;
    if (left_ == 0) std::ignore = end_extension(); // a failure is in state_
    return count;
}

bool tar_reader::end_extension()
{
    left_ = std::exchange(padding_, 0);
    state_ = left_ == 0 ? state::header : state::padding;
    const auto text = std::exchange(extension_, {});
    switch (extension_type_) {
    case 'L': long_name_ = until_nul(text); return true;
    case 'K': long_link_ = until_nul(text); return true;
    default: return read_pax(text, extension_type_ == 'g');
    }
}

/// "LENGTH KEY=VALUE\n", the length in decimal and of all of it.
bool tar_reader::read_pax(std::string_view records, bool global)
{
    while (!records.empty()) {
        std::size_t length = 0;
        const auto* end = records.data() + records.size();
        const auto [rest, error] = std::from_chars(records.data(), end, length);
        const auto digits = static_cast<std::size_t>(rest - records.data());
        if (error != std::errc{} || length > records.size() || length < digits + 3 ||
            *rest != ' ' || records[length - 1] != '\n')
            return fail("a pax header cannot be read");
        const auto record = records.substr(digits + 1, length - digits - 2);
        const auto equals = record.find('=');
        if (equals == record.npos) return fail("a pax header cannot be read");
        if (!take_record(record.substr(0, equals), record.substr(equals + 1), global)) return false;
        records.remove_prefix(length);
    }
    return true;
}

bool tar_reader::take_record(std::string_view key, std::string_view value, bool global)
{
    if (key.starts_with("GNU.sparse")) return fail("sparse files are not read");
    const bool names = key == "path" || key == "linkpath";
    if (!names && key != "size") return true;
    if (global) return fail("a global pax header with names or sizes is not read");
    if (names) {
        if (value.size() > longest_name) return fail("a name is too long");
        if (value.find('\0') != value.npos) return fail("a pax header's name holds a NUL");
        auto& to = key == "path" ? pax_path_ : pax_link_;
        // An empty value takes back what an earlier one said.
        to = value.empty() ? std::nullopt : std::optional<std::string>(value);
        return true;
    }
    std::uint64_t size = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), size);
    if (error != std::errc{} || end != value.data() + value.size() || size > largest_size)
        return fail("a pax header's size is not a number");
    pax_size_ = size;
    return true;
}

std::string tar_reader::header_path() const
{
    std::string path(until_nul(field(name_at, name_size)));
    const auto prefix = until_nul(field(prefix_at, prefix_size));
    // GNU's own format has other things in the prefix's place, and another magic.
    if (field(magic_at, 6) != std::string_view("ustar\0", 6) || prefix.empty()) return path;
    return std::string(prefix) + '/' + path;
}

bool tar_reader::begin_member(char type, std::uint64_t size, tar_handler& handler)
{
    const auto kind = kind_of(type);
    if (!kind) return fail("a tar member of this type is not read: sparse, or of several volumes");
    tar_member member;
    member.kind = *kind;
    member.size = size;
    member.mode = static_cast<std::uint32_t>(number(field(mode_at, mode_size)).value_or(0) & 07777);
    member.path = header_path();
    if (long_name_) member.path = std::move(*long_name_);
    if (pax_path_) member.path = std::move(*pax_path_);
    if (member.kind == tar_kind::symlink || member.kind == tar_kind::hardlink) {
        member.link_target = until_nul(field(link_at, link_size));
        if (long_link_) member.link_target = std::move(*long_link_);
        if (pax_link_) member.link_target = std::move(*pax_link_);
    }
    long_name_ = long_link_ = pax_path_ = pax_link_ = std::nullopt;
    pax_size_ = std::nullopt;
    // v7 has no type for directories.
    if (type == '\0' && member.path.ends_with('/')) member.kind = tar_kind::directory;
    if (member.kind != tar_kind::file && size != 0)
        return fail("a tar member other than a file has content");
    handler.begin_member(std::move(member));
    left_ = size;
    skip_padding(size);
    state_ = state::content;
    if (size != 0) return true;
    handler.end_member();
    state_ = state::header;
    return true;
}

bool tar_reader::finish()
{
    if (state_ == state::ended || state_ == state::failed) return true;
    // Between members, an end without zero blocks is what some programs write. Padding that is
    // missing takes nothing from a file.
    const bool between = (state_ == state::header && have_ == 0) || state_ == state::padding;
    const bool announced = long_name_ || long_link_ || pax_path_ || pax_link_ || pax_size_;
    state_ = state::ended;
    return between && !announced;
}

} // namespace verbatim::files
