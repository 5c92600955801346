#pragma once
// Numbers in network byte order.

#include <verbatim/base/bytes.hpp>

#include <cstdint>

namespace verbatim::wire {

/// Reads 4 bytes.
inline std::uint32_t load_u32(const std::byte* from) noexcept
{
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(from[i]);
    return value;
}

inline void append_u32(byte_buffer& to, std::uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        to.push_back(static_cast<std::byte>(value >> shift & 0xff));
}

} // namespace verbatim::wire
