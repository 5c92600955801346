#include "wire/gzip_member.hpp"

#include <zlib.h>

#include <new>

namespace verbatim::wire {

struct gzip_member::implementation {
    z_stream stream{};
    bool ended = false;
    error_code failed;
    bool boundary = false;
};

namespace {
constexpr int gzip_only = 16;

error_code fault_of(int code, const z_stream& stream)
{
    // zlib has one code for all bad data; its checksum stage is told apart by the message.
    std::string_view text = stream.msg == nullptr ? "" : stream.msg;
    if (code == Z_DATA_ERROR &&
        (text == "incorrect data check" || text == "incorrect length check"))
        return errc::checksum_mismatch;
    return errc::malformed;
}

} // namespace

gzip_member::gzip_member() : implementation_(std::make_unique<implementation>())
{
    if (inflateInit2(&implementation_->stream, gzip_only + MAX_WBITS) != Z_OK)
        throw std::bad_alloc();
}

gzip_member::~gzip_member() { inflateEnd(&implementation_->stream); }

void gzip_member::start()
{
    inflateReset(&implementation_->stream);
    implementation_->ended = implementation_->boundary = false;
    implementation_->failed = {};
}

result<gzip_member::progress> gzip_member::unpack(byte_view packed, std::span<std::byte> into)
{
    if (implementation_->failed) return implementation_->failed;
    auto& stream = implementation_->stream;
    // zlib does not write to its input; its type merely says so less clearly.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(into.data());
    stream.avail_out = static_cast<uInt>(into.size());
    // Z_BLOCK stops after the gzip header and after every block: that is how boundaries show.
    auto code = ::inflate(&stream, Z_BLOCK);
    progress step{packed.size() - stream.avail_in, into.size() - stream.avail_out};
    constexpr int unused_bits = 7, in_last_block = 64, at_block_end = 128;
    implementation_->boundary = (stream.data_type & at_block_end) != 0 &&
                                (stream.data_type & unused_bits) == 0 &&
                                (stream.data_type & in_last_block) == 0;
    if (code == Z_STREAM_END) implementation_->ended = true;
    else if (code != Z_OK && code != Z_BUF_ERROR) implementation_->failed = fault_of(code, stream);
    // No progress although there is input and room: the bytes make no sense.
    else if (step.taken == 0 && step.given == 0) implementation_->failed = errc::malformed;
    // What came out before the fault is sound as far as it goes; the fault is told next time.
    if (implementation_->failed && step.given == 0) return implementation_->failed;
    return step;
}

bool gzip_member::ended() const noexcept { return implementation_->ended; }

bool gzip_member::at_boundary() const noexcept
{
    return implementation_->boundary && !implementation_->ended;
}

std::uint64_t gzip_member::unpacked_bytes() const noexcept
{
    return implementation_->stream.total_out;
}

std::uint32_t gzip_member::crc() const noexcept
{
    return static_cast<std::uint32_t>(implementation_->stream.adler);
}

} // namespace verbatim::wire
