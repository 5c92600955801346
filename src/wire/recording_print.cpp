#include <verbatim/wire/recording_codec.hpp>

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <stdexcept>

namespace verbatim::wire {
namespace {

// Field numbers of OneOf, SessionPrint, Metadata and Timestamp: see recording.proto.
constexpr std::uint32_t varint_field = 0, length_field = 2;
constexpr std::uint32_t tag(std::uint32_t number, std::uint32_t kind) { return number << 3 | kind; }
constexpr std::string_view type_text = "print";

std::size_t varint_size(std::uint64_t value)
{
    std::size_t size = 1;
    for (; value >= 0x80; value >>= 7) ++size;
    return size;
}

/// Writes protobuf fields to memory known to be large enough.
class field_writer {
public:
    explicit field_writer(unsigned char* to) : at_(to) {}

    void varint(std::uint64_t value)
    {
        for (; value >= 0x80; value >>= 7) *at_++ = static_cast<unsigned char>(value | 0x80);
        *at_++ = static_cast<unsigned char>(value);
    }
    // proto3: zero is the absence of a number.
    void number(std::uint32_t field, std::int64_t value)
    {
        if (value == 0) return;
        varint(tag(field, varint_field));
        varint(static_cast<std::uint64_t>(value));
    }
    void length(std::uint32_t field, std::size_t size)
    {
        varint(tag(field, length_field));
        varint(size);
    }
    void text(std::uint32_t field, std::string_view value)
    {
        if (value.empty()) return;
        length(field, value.size());
        at_ = std::copy(value.begin(), value.end(), at_);
    }
    unsigned char* position() const { return at_; }

private:
    unsigned char* at_;
};

std::size_t number_size(std::uint32_t field, std::int64_t value)
{
    if (value == 0) return 0;
    return varint_size(tag(field, varint_field)) + varint_size(static_cast<std::uint64_t>(value));
}

std::size_t text_size(std::uint32_t field, std::size_t size)
{
    return size == 0 ? 0 : varint_size(tag(field, length_field)) + varint_size(size) + size;
}

/// The sizes of the nested messages, from the inside out.
struct print_layout {
    std::int64_t seconds, nanoseconds;
    std::size_t time, metadata, print, record;

    print_layout(const print_fields& f, std::size_t shown, std::size_t hidden)
    {
        auto since = f.time.time_since_epoch();
        auto whole = std::chrono::floor<std::chrono::seconds>(since);
        seconds = whole.count();
        nanoseconds = (since - whole).count();
        time = number_size(1, seconds) + number_size(2, nanoseconds);
        metadata = number_size(1, f.index) + text_size(2, type_text.size()) + 1 +
                   varint_size(time) + time + text_size(6, f.cluster_name.size());
        print = 1 + varint_size(metadata) + metadata + number_size(2, f.chunk_index) +
                text_size(3, shown) + number_size(4, static_cast<std::int64_t>(shown)) +
                number_size(5, f.delay_ms) + number_size(6, f.offset) +
                number_size(100, static_cast<std::int64_t>(f.stream)) + text_size(101, hidden) +
                number_size(102, f.at_us) + text_size(103, f.party.size());
        record = 1 + varint_size(print) + print;
    }
};

} // namespace

std::size_t append_print_header(
    byte_buffer& out, const print_fields& fields, std::size_t data_bytes)
{
    if (data_bytes > max_print_bytes) throw std::length_error("print record too long");
    auto shown = is_shown(fields.stream) ? data_bytes : 0;
    print_layout size(fields, shown, data_bytes - shown);

    auto start = out.size();
    auto header = 4 + size.record - data_bytes;
    out.resize(start + header);
    // The bytes go last in the buffer (field order is free in protobuf), so that they are copied
    // once, by append(), and never zeroed first.
    auto* begin = reinterpret_cast<unsigned char*>(out.data()) + start;
    boost::endian::store_big_u32(begin, static_cast<std::uint32_t>(size.record));
    field_writer to(begin + 4);
    to.length(7, size.print);
    to.length(1, size.metadata);
    to.number(1, fields.index);
    to.text(2, type_text);
    to.length(5, size.time);
    to.number(1, size.seconds);
    to.number(2, size.nanoseconds);
    to.text(6, fields.cluster_name);
    to.number(2, fields.chunk_index);
    to.number(4, static_cast<std::int64_t>(shown));
    to.number(5, fields.delay_ms);
    to.number(6, fields.offset);
    to.number(100, static_cast<std::int64_t>(fields.stream));
    to.number(102, fields.at_us);
    to.text(103, fields.party);
    if (data_bytes != 0) to.length(is_shown(fields.stream) ? 3 : 101, data_bytes);
    return header;
}

void append_print(byte_buffer& out, const print_fields& fields, byte_view data)
{
    append_print_header(out, fields, data.size());
    append(out, data);
}

} // namespace verbatim::wire
