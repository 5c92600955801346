#include <verbatim/wire/record_stream.hpp>

#include <verbatim/wire/recording_codec.hpp>

#include "wire/gzip_member.hpp"

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <array>
#include <cstring>

namespace verbatim::wire {
namespace {

constexpr std::size_t file_buffer_bytes = 64 * 1024;
// Room for one whole record and as much again, so that unpacking never works in slivers.
constexpr std::size_t record_buffer_bytes = 2 * (max_record_bytes + 4);

/// The source's bytes through a buffer, counted.
class buffered_source {
public:
    explicit buffered_source(recording_source& source) : source_(source), buffer_(file_buffer_bytes)
    {}

    /// What is buffered now; empty only at the end.
    result<byte_view> peek()
    {
        if (begin_ == end_ && !ended_) {
            auto got = source_.read(buffer_);
            if (!got) return got.error();
            begin_ = 0;
            end_ = *got;
            ended_ = *got == 0;
            read_ += *got;
        }
        return byte_view(buffer_).subspan(begin_, end_ - begin_);
    }
    void consume(std::size_t count) { begin_ += count; }
    /// Of the next byte in the file.
    std::uint64_t offset() const { return read_ - (end_ - begin_); }
    std::uint64_t bytes_read() const { return read_; }

    /// Fills `into` as far as the source goes.
    result<std::size_t> read(std::span<std::byte> into)
    {
        std::size_t done = 0;
        while (done < into.size()) {
            auto have = peek();
            if (!have) return have.error();
            if (have->empty()) break;
            auto count = std::min(have->size(), into.size() - done);
            std::memcpy(into.data() + done, have->data(), count);
            consume(count);
            done += count;
        }
        return done;
    }

    /// Errors: errc::truncated if the source ends before.
    result<void> skip(std::uint64_t count)
    {
        while (count > 0) {
            auto have = peek();
            if (!have) return have.error();
            if (have->empty()) return errc::truncated;
            auto step = std::min<std::uint64_t>(have->size(), count);
            consume(static_cast<std::size_t>(step));
            count -= step;
        }
        return {};
    }

private:
    recording_source& source_;
    byte_buffer buffer_;
    std::size_t begin_ = 0, end_ = 0;
    std::uint64_t read_ = 0;
    bool ended_ = false;
};

} // namespace

struct record_stream::implementation {
    explicit implementation(recording_source& source) : in(source), unpacked(record_buffer_bytes) {}

    buffered_source in;
    gzip_member member;
    byte_buffer unpacked;
    std::size_t begin = 0, end = 0; ///< the unread bytes in `unpacked`
    bool inside = false;            ///< a part
    std::uint64_t part_offset = 0, header_size = 0, payload = 0, payload_left = 0, padding = 0;
    std::optional<cut_point> maybe_cut; ///< at the end of what is unpacked, if records end there
    std::optional<cut_point> cut;
    std::uint64_t records = 0, parts = 0, sound_bytes = 0;
    error_code failed;

    result<std::optional<byte_view>> next();
    result<void> open_part();
    result<void> close_part();
    result<void> unpack();
    result<std::optional<byte_view>> whole_record();
    void note_cut();
};

/// Stays outside of a part at the clean end.
result<void> record_stream::implementation::open_part()
{
    std::array<std::byte, max_part_header_bytes> raw{};
    part_offset = in.offset();
    auto got = in.read(std::span(raw).first(8));
    if (!got) return got.error();
    if (*got == 0) return {};
    auto size = part_header_size(byte_view(raw).first(*got));
    if (!size) return size.error();
    auto rest = in.read(std::span(raw).subspan(8, *size - 8));
    if (!rest) return rest.error();
    auto header = decode_part_header(byte_view(raw).first(8 + *rest));
    if (!header) return header.error();
    if (header->encrypted) return errc::encrypted;

    header_size = *size;
    payload = payload_left = header->payload_bytes;
    padding = header->padding_bytes;
    begin = end = 0;
    cut.reset();
    maybe_cut.reset();
    member.start();
    inside = true;
    return {};
}

/// Teleport's reader too lets bytes lie in a part after its member.
result<void> record_stream::implementation::close_part()
{
    if (auto skipped = in.skip(payload_left); !skipped) return skipped.error();
    if (auto skipped = in.skip(padding); !skipped) return skipped.error();
    inside = false;
    if (payload != 0) ++parts;
    sound_bytes = in.offset();
    cut.reset();
    return {};
}

/// Unpacks some more behind what `unpacked` holds.
result<void> record_stream::implementation::unpack()
{
    std::memmove(unpacked.data(), unpacked.data() + begin, end - begin);
    end -= begin;
    begin = 0;
    maybe_cut.reset();
    auto packed = in.peek();
    if (!packed) return packed.error();
    auto usable = static_cast<std::size_t>(std::min<std::uint64_t>(packed->size(), payload_left));
    if (usable == 0) return errc::truncated;
    auto step = member.unpack(packed->first(usable), std::span(unpacked).subspan(end));
    if (!step) return step.error();
    in.consume(step->taken);
    payload_left -= step->taken;
    end += step->given;
    if (member.at_boundary())
        maybe_cut = cut_point{part_offset, header_size, payload - payload_left,
            member.unpacked_bytes(), member.crc(), 0};
    return {};
}

void record_stream::implementation::note_cut()
{
    if (begin != end || !maybe_cut) return;
    cut = maybe_cut;
    cut->records = records;
    maybe_cut.reset();
}

/// Nothing if more must be unpacked first.
result<std::optional<byte_view>> record_stream::implementation::whole_record()
{
    if (end - begin < 4) return std::optional<byte_view>();
    auto length = boost::endian::load_big_u32(
        reinterpret_cast<const unsigned char*>(unpacked.data()) + begin);
    if (length == 0) return errc::malformed;
    if (length > max_record_bytes) return errc::out_of_range;
    if (end - begin - 4 < length) return std::optional<byte_view>();
    auto record = byte_view(unpacked).subspan(begin + 4, length);
    begin += 4 + length;
    ++records;
    return std::optional<byte_view>(record);
}

result<std::optional<byte_view>> record_stream::implementation::next()
{
    for (;;) {
        if (!inside) {
            auto opened = open_part();
            if (!opened) return opened.error();
            if (!inside) return std::optional<byte_view>();
            if (payload == 0) {
                if (auto closed = close_part(); !closed) return closed.error();
                continue;
            }
        }
        note_cut();
        auto record = whole_record();
        if (!record || *record) return record;
        if (member.ended()) {
            if (begin != end) return errc::malformed; // a record cut by the member's end
            if (auto closed = close_part(); !closed) return closed.error();
        } else if (auto more = unpack(); !more) {
            return more.error();
        }
    }
}

record_stream::record_stream(recording_source& source)
    : implementation_(std::make_unique<implementation>(source))
{}

record_stream::~record_stream() = default;

result<std::optional<byte_view>> record_stream::next()
{
    if (implementation_->failed) return implementation_->failed;
    auto record = implementation_->next();
    if (!record) implementation_->failed = record.error();
    return record;
}

std::uint64_t record_stream::records() const noexcept { return implementation_->records; }
std::uint64_t record_stream::parts() const noexcept { return implementation_->parts; }
std::uint64_t record_stream::bytes_read() const noexcept
{
    return implementation_->in.bytes_read();
}
std::uint64_t record_stream::sound_bytes() const noexcept { return implementation_->sound_bytes; }
const std::optional<cut_point>& record_stream::cut() const noexcept { return implementation_->cut; }

} // namespace verbatim::wire
