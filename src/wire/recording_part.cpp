#include <verbatim/wire/recording_codec.hpp>

#include <boost/endian/conversion.hpp>

#include <cstring>

namespace verbatim::wire {
namespace {

constexpr unsigned char encrypted_flag = 0x01;

std::uint64_t number_at(byte_view bytes, std::size_t offset)
{
    return boost::endian::load_big_u64(
        reinterpret_cast<const unsigned char*>(bytes.data()) + offset);
}

void append_number(byte_buffer& out, std::uint64_t value)
{
    std::array<unsigned char, 8> raw{};
    boost::endian::store_big_u64(raw.data(), value);
    append(out, as_bytes(raw.data(), raw.size()));
}

} // namespace

byte_buffer encode(const part_header& header)
{
    byte_buffer out;
    out.reserve(max_part_header_bytes);
    append_number(out, header.version);
    append_number(out, header.payload_bytes);
    append_number(out, header.padding_bytes);
    if (header.version == 2) {
        out.push_back(std::byte{header.encrypted ? encrypted_flag : std::uint8_t{0}});
        out.resize(max_part_header_bytes);
    }
    return out;
}

result<std::size_t> part_header_size(byte_view begin)
{
    if (begin.size() < 8) return errc::truncated;
    switch (number_at(begin, 0)) {
    case 1: return part_header_bytes;
    case 2: return max_part_header_bytes;
    default: return errc::unsupported_version;
    }
}

result<part_header> decode_part_header(byte_view bytes)
{
    auto size = part_header_size(bytes);
    if (!size) return size.error();
    if (bytes.size() < *size) return errc::truncated;
    part_header header{number_at(bytes, 0), number_at(bytes, 8), number_at(bytes, 16), false};
    if (header.version == 2)
        header.encrypted = (std::to_integer<unsigned>(bytes[24]) & encrypted_flag) != 0;
    return header;
}

} // namespace verbatim::wire
