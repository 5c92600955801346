#pragma once
// A recording built by hand from the format's description: protobuf, gzip and part headers without
// any of this project's code, and without its extension fields.

#include <verbatim/base/bytes.hpp>

#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace handmade {

inline std::string varint(std::uint64_t value)
{
    std::string out;
    for (; value > 127; value >>= 7) out.push_back(static_cast<char>((value & 127) | 128));
    out.push_back(static_cast<char>(value));
    return out;
}
inline std::string number(unsigned field, std::uint64_t value)
{
    return varint(field << 3) + varint(value);
}
inline std::string bytes(unsigned field, std::string_view value)
{
    return varint(field << 3 | 2) + varint(value.size()) + std::string(value);
}
inline std::string big_endian(std::uint64_t value, int size)
{
    std::string out;
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(value >> shift & 255));
    return out;
}
inline constexpr std::uint64_t start_seconds = 1'772'442'847; // 2026-03-02T09:14:07Z
inline std::string metadata(std::uint64_t index, std::string_view type, std::uint64_t ms)
{
    const auto time = number(1, start_seconds + ms / 1000) + number(2, ms % 1000 * 1'000'000);
    return bytes(1, number(1, index) + bytes(2, type) + bytes(5, time));
}
inline std::string record(unsigned one_of, std::string_view message)
{
    const auto whole = bytes(one_of, message);
    return big_endian(whole.size(), 4) + whole;
}
inline std::string start(std::string_view size)
{
    return record(5, metadata(0, "session.start", 0) +
                         bytes(2, bytes(1, "bob") + bytes(2, "ubuntu")) +
                         bytes(3, bytes(1, "7d0c3a52-6f0e-4c1b-9b61-2f6c1a9e8b10")) +
                         bytes(4, bytes(3, "web-01")) + (size.empty() ? "" : bytes(6, size)));
}
inline std::string print(std::uint64_t index, std::uint64_t ms, std::string_view data)
{
    return record(7, metadata(index, "print", ms) + number(2, index - 1) + bytes(3, data) +
                         number(4, data.size()) + number(5, ms));
}
inline std::string resize(std::uint64_t index, std::uint64_t ms, std::string_view size)
{
    return record(9, metadata(index, "resize", ms) + bytes(6, size));
}
inline std::string part(std::string_view records, std::size_t padding = 0)
{
    z_stream stream = {};
    deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string packed(deflateBound(&stream, records.size()) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(records.data()));
    stream.avail_in = static_cast<uInt>(records.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return big_endian(1, 8) + big_endian(packed.size(), 8) + big_endian(padding, 8) + packed +
           std::string(padding, '\0');
}

/// Two parts, the first one padded: a character split between two prints, a resize, a clipboard
/// write.
inline std::string session()
{
    return part(start("120:40") + print(1, 0, "$ \x1b[1mh\xc3") +
                    print(2, 400, "\xa9llo\x1b[0m\r\n"),
               1000) +
           part(resize(3, 600, "100:30") + print(4, 700,
                                               "\x1b]52;c;aGk=\x07"
                                               "bye\r\n"));
}

} // namespace handmade
