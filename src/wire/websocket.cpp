#include <verbatim/wire/websocket.hpp>

#include <verbatim/base/text.hpp>

#include <openssl/sha.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace verbatim::wire::websocket {
namespace {

constexpr std::size_t max_control_payload = 125;
constexpr std::uint8_t final_bit = 0x80, mask_bit = 0x80, length_bits = 0x7f, opcode_bits = 0x0f;
constexpr std::uint8_t reserved_bits = 0x70, control_bit = 0x08;
constexpr std::uint8_t continuation = 0;
constexpr std::uint8_t length_of_16_bits = 126, length_of_64_bits = 127;
constexpr std::size_t key_bytes = 4;

// XORs in place; `phase` is the offset within the frame's payload of the first byte, modulo 4.
void mask(std::span<std::byte> bytes, const mask_key& key, std::size_t phase) noexcept
{
    std::array<std::byte, 8> pattern;
    for (std::size_t i = 0; i < pattern.size(); ++i) pattern[i] = key[(phase + i) % key_bytes];
    const auto wide = std::bit_cast<std::uint64_t>(pattern);
    auto* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= sizeof wide; left -= sizeof wide, at += sizeof wide) {
        std::uint64_t word;
        std::memcpy(&word, at, sizeof word);
        word ^= wide;
        std::memcpy(at, &word, sizeof word);
    }
    for (std::size_t i = 0; i < left; ++i) at[i] ^= pattern[i];
}

std::uint64_t load(std::span<const std::byte> digits) noexcept
{
    std::uint64_t value = 0;
    for (const auto byte : digits) value = value << 8 | std::to_integer<std::uint64_t>(byte);
    return value;
}

// How long a header is whose first two bytes are known.
std::size_t header_bytes(std::byte second) noexcept
{
    const auto value = std::to_integer<std::uint8_t>(second);
    const std::size_t length = (value & length_bits) == length_of_64_bits   ? 8
                               : (value & length_bits) == length_of_16_bits ? 2
                                                                            : 0;
    return 2 + length + ((value & mask_bit) != 0 ? key_bytes : 0);
}

// RFC 6455 7.4: those that an endpoint may put into a frame.
bool may_be_sent(std::uint16_t code) noexcept
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

result<close> read_close(byte_view payload)
{
    if (payload.empty()) return close{};
    if (payload.size() == 1) return errc::malformed;
    const auto code = static_cast<std::uint16_t>(load(payload.first(2)));
    const auto reason = as_text(payload.subspan(2));
    if (!may_be_sent(code) || !is_utf8(reason)) return errc::malformed;
    return close{code, reason};
}

} // namespace

frame_reader::frame_reader(role ours) : ours_(ours) {}

error_code frame_reader::read_head()
{
    const auto first = std::to_integer<std::uint8_t>(head_[0]);
    const auto second = std::to_integer<std::uint8_t>(head_[1]);
    const bool masked = (second & mask_bit) != 0;
    if ((first & reserved_bits) != 0 || masked != (ours_ == role::server)) return errc::malformed;
    opcode_ = first & opcode_bits;
    final_ = (first & final_bit) != 0;

    std::size_t at = 2;
    left_ = second & length_bits;
    if (left_ >= length_of_16_bits) {
        const std::size_t digits = left_ == length_of_16_bits ? 2 : 8;
        const std::uint64_t shorter = digits == 2 ? length_of_16_bits : 0x10000;
        left_ = load(std::span(head_).subspan(at, digits));
        if (left_ < shorter || left_ >> 63 != 0) return errc::malformed;
        at += digits;
    }
    if (masked) std::copy_n(head_.begin() + at, key_bytes, key_.begin());
    key_at_ = 0;

    if ((opcode_ & control_bit) != 0) {
        const bool known = opcode_ >= static_cast<std::uint8_t>(opcode::close) &&
                           opcode_ <= static_cast<std::uint8_t>(opcode::pong);
        if (!known || !final_ || left_ > max_control_payload) return errc::malformed;
        control_size_ = 0;
        return {};
    }
    return begin_data();
}

error_code frame_reader::begin_data()
{
    const bool continues = opcode_ == continuation;
    if (opcode_ > static_cast<std::uint8_t>(opcode::binary) || continues != in_message_)
        return errc::malformed;
    if (!continues) {
        in_message_ = first_ = true;
        text_ = opcode_ == static_cast<std::uint8_t>(opcode::text);
        message_ = 0;
    }
    if (left_ > max_message_bytes - message_) return errc::out_of_range;
    message_ += left_;
    return {};
}

std::optional<message_piece> frame_reader::take_data(std::span<std::byte>& input)
{
    const auto bytes = input.first(std::min<std::uint64_t>(left_, input.size()));
    input = input.subspan(bytes.size());
    left_ -= bytes.size();
    if (ours_ == role::server) mask(bytes, key_, key_at_);
    key_at_ = (key_at_ + bytes.size()) % key_bytes;
    const bool last = final_ && left_ == 0;
    if (left_ == 0) {
        in_frame_ = false;
        head_size_ = 0;
    }
    if (bytes.empty() && !last) return std::nullopt;
    const message_piece piece{text_, bytes, first_, last};
    first_ = false;
    in_message_ = !last;
    return piece;
}

result<std::optional<incoming>> frame_reader::take_control(std::span<std::byte>& input)
{
    const auto bytes = input.first(std::min<std::uint64_t>(left_, input.size()));
    input = input.subspan(bytes.size());
    std::ranges::copy(bytes, control_.begin() + control_size_);
    control_size_ += bytes.size();
    left_ -= bytes.size();
    if (left_ != 0) return std::nullopt;
    in_frame_ = false;
    head_size_ = 0;
    const auto payload = std::span(control_).first(control_size_);
    if (ours_ == role::server) mask(payload, key_, 0);
    if (opcode_ == static_cast<std::uint8_t>(opcode::ping)) return incoming{ping{payload}};
    if (opcode_ == static_cast<std::uint8_t>(opcode::pong)) return incoming{pong{payload}};
    auto ended = read_close(payload);
    if (!ended) return failed_ = ended.error();
    return incoming{*ended};
}

result<std::optional<incoming>> frame_reader::next(std::span<std::byte>& input)
{
    if (failed_) return failed_;
    for (;;) {
        if (!in_frame_) {
            const std::size_t needed = head_size_ < 2 ? 2 : header_bytes(head_[1]);
            const auto taken = std::min(needed - head_size_, input.size());
            std::copy_n(input.begin(), taken, head_.begin() + head_size_);
            head_size_ += taken;
            input = input.subspan(taken);
            if (head_size_ < needed) return std::nullopt;
            if (head_size_ < header_bytes(head_[1])) continue;
            if (failed_ = read_head(); failed_) return failed_;
            in_frame_ = true;
        }
        if (input.empty() && left_ != 0) return std::nullopt;
        if ((opcode_ & control_bit) != 0) return take_control(input);
        if (auto piece = take_data(input)) return incoming{*piece};
    }
}

void append_frame(byte_buffer& to, opcode kind, byte_view first, byte_view rest,
    const std::optional<mask_key>& key)
{
    std::array<std::byte, 14> head;
    std::size_t size = 0;
    const auto put = [&](std::uint64_t value, std::size_t digits) {
        while (digits-- > 0) head[size++] = static_cast<std::byte>(value >> 8 * digits & 0xff);
    };
    const std::uint64_t length = first.size() + rest.size();
    const std::uint64_t masked = key ? mask_bit : 0;
    put(final_bit | static_cast<std::uint8_t>(kind), 1);
    if (length < length_of_16_bits) {
        put(masked | length, 1);
    } else if (length <= 0xffff) {
        put(masked | length_of_16_bits, 1);
        put(length, 2);
    } else {
        put(masked | length_of_64_bits, 1);
        put(length, 8);
    }
    append(to, std::span(head).first(size));
    if (key) append(to, *key);
    const auto payload_at = to.size();
    append(to, first);
    append(to, rest);
    if (key) mask(std::span(to).subspan(payload_at), *key, 0);
}

byte_buffer close_payload(close_code code, std::string_view reason)
{
    auto text = to_printable_utf8(reason);
    text.resize(std::min(text.size(), max_control_payload - 2));
    while (!is_utf8(text)) text.pop_back(); // the cut may have split a character
    const auto number = static_cast<std::uint16_t>(code);
    byte_buffer payload{std::byte(number >> 8), std::byte(number & 0xff)};
    append(payload, as_bytes(text));
    return payload;
}

std::string accept_of(std::string_view key)
{
    const auto text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    return to_base64(as_bytes(digest.data(), digest.size()));
}

bool is_key(std::string_view key)
{
    if (key.size() != 24 || !key.ends_with("==") || key[21] == '=') return false;
    const auto bytes = from_base64(key);
    return bytes && bytes->size() == 16;
}

} // namespace verbatim::wire::websocket
