#include <verbatim/base/ids.hpp>

#include <openssl/rand.h>

#include <stdexcept>

namespace verbatim {
namespace {

constexpr char digits[] = "0123456789abcdef";

// Before which byte of a UUID's text a hyphen stands.
constexpr bool hyphen_before(std::size_t byte) noexcept
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

int hex_value(char c) noexcept
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

} // namespace

session_id session_id::random()
{
    session_id id;
    if (RAND_bytes(id.bytes_.data(), static_cast<int>(id.bytes_.size())) != 1)
        throw std::runtime_error("the random source of OpenSSL failed");
    id.bytes_[6] = static_cast<std::uint8_t>((id.bytes_[6] & 0x0f) | 0x40);
    id.bytes_[8] = static_cast<std::uint8_t>((id.bytes_[8] & 0x3f) | 0x80);
    return id;
}

result<session_id> session_id::parse(std::string_view text)
{
    if (text.size() != 36) return errc::malformed;
    session_id id;
    std::size_t at = 0;
    for (std::size_t byte = 0; byte < id.bytes_.size(); ++byte) {
        if (hyphen_before(byte) && text[at++] != '-') return errc::malformed;
        const int high = hex_value(text[at++]);
        const int low = hex_value(text[at++]);
        if (high < 0 || low < 0) return errc::malformed;
        id.bytes_[byte] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return id;
}

std::string session_id::to_string() const
{
    std::string text;
    text.reserve(36);
    for (std::size_t byte = 0; byte < bytes_.size(); ++byte) {
        if (hyphen_before(byte)) text += '-';
        text += digits[bytes_[byte] >> 4];
        text += digits[bytes_[byte] & 0x0f];
    }
    return text;
}

std::string random_uuid() { return session_id::random().to_string(); }

} // namespace verbatim
