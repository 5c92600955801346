#include <verbatim/wire/recording_codec.hpp>

#include "wire/recording_event.hpp"

#include <boost/endian/conversion.hpp>

namespace verbatim::wire {

result<void> append_event(byte_buffer& out, const event& value, std::int64_t at_us)
{
    ::events::OneOf message;
    if (!to_message(value, at_us, message)) return errc::out_of_range;
    auto size = message.ByteSizeLong();
    if (size > max_record_bytes) return errc::out_of_range;

    auto start = out.size();
    out.resize(start + 4 + size);
    auto* begin = reinterpret_cast<unsigned char*>(out.data()) + start;
    boost::endian::store_big_u32(begin, static_cast<std::uint32_t>(size));
    std::ignore = message.SerializeToArray(begin + 4, static_cast<int>(size)); // it has the room
    return {};
}

} // namespace verbatim::wire
