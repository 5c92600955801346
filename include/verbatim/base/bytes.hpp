#pragma once
// Views of raw bytes. Terminal bytes are never text: nothing here assumes an encoding.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim {

using byte_view = std::span<const std::byte>;
using byte_buffer = std::vector<std::byte>;

inline byte_view as_bytes(std::string_view text) noexcept
{
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

inline byte_view as_bytes(const void* data, std::size_t size) noexcept
{
    return {static_cast<const std::byte*>(data), size};
}

/// The same bytes seen as characters; they need not be UTF-8.
inline std::string_view as_text(byte_view bytes) noexcept
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline void append(byte_buffer& to, byte_view bytes)
{
    to.insert(to.end(), bytes.begin(), bytes.end());
}

} // namespace verbatim
