#pragma once
// The data types of RFC 4251, section 5, for keys and certificates.

#include <verbatim/base/bytes.hpp>

#include <openssl/crypto.h>

#include <cstdint>
#include <string_view>

namespace verbatim::ssh {

/// Wiped at destruction; `capacity` is reserved so that secrets are not left behind by growing.
class blob_writer {
public:
    explicit blob_writer(std::size_t capacity = 4096) { bytes_.reserve(capacity); }
    blob_writer(const blob_writer&) = delete;
    blob_writer& operator=(const blob_writer&) = delete;
    ~blob_writer() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

    void byte(std::uint8_t value) { bytes_.push_back(std::byte{value}); }
    void number(std::uint32_t value)
    {
        for (int shift = 24; shift >= 0; shift -= 8)
            byte(static_cast<std::uint8_t>(value >> shift));
    }
    void long_number(std::uint64_t value)
    {
        number(static_cast<std::uint32_t>(value >> 32));
        number(static_cast<std::uint32_t>(value));
    }
    void raw(byte_view value) { append(bytes_, value); }
    void string(byte_view value)
    {
        number(static_cast<std::uint32_t>(value.size()));
        raw(value);
    }
    void string(std::string_view value) { string(as_bytes(value)); }
    /// A non-negative number, big-endian, as an mpint.
    void integer(byte_view value)
    {
        while (!value.empty() && value[0] == std::byte{0}) value = value.subspan(1);
        const bool looks_negative = !value.empty() && (value[0] & std::byte{0x80}) != std::byte{0};
        number(static_cast<std::uint32_t>(value.size() + looks_negative));
        if (looks_negative) byte(0);
        raw(value);
    }

    byte_view view() const noexcept { return bytes_; }
    std::size_t size() const noexcept { return bytes_.size(); }

private:
    byte_buffer bytes_;
};

/// The first field that is not there makes it bad for good; what is read then is empty.
class blob_reader {
public:
    explicit blob_reader(byte_view bytes) noexcept : rest_(bytes) {}

    byte_view raw(std::size_t size) noexcept
    {
        if (size > rest_.size()) bad_ = true;
        if (bad_) return {};
        const auto value = rest_.first(size);
        rest_ = rest_.subspan(size);
        return value;
    }
    std::uint32_t number() noexcept
    {
        std::uint32_t value = 0;
        for (const auto byte : raw(4)) value = value << 8 | std::to_integer<std::uint32_t>(byte);
        return value;
    }
    std::uint64_t long_number() noexcept
    {
        const std::uint64_t high = number();
        return high << 32 | number();
    }
    byte_view string() noexcept { return raw(number()); }

    byte_view rest() const noexcept { return rest_; }
    bool bad() const noexcept { return bad_; }

private:
    byte_view rest_;
    bool bad_ = false;
};

} // namespace verbatim::ssh
