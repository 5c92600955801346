#include "wire/gzip_member.hpp"

#include <zlib.h>

#include <new>

namespace verbatim::wire {

struct gzip_member::implementation {
    z_stream stream{};
    bool ended = false;
    bool boundary = false;
};

namespace {
constexpr int gzip_only = 16;
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
}

result<gzip_member::progress> gzip_member::unpack(byte_view packed, std::span<std::byte> into)
{
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
    switch (code) {
    case Z_STREAM_END: implementation_->ended = true; return step;
    case Z_OK: return step;
    case Z_BUF_ERROR: // no progress was possible with what is here
        if (step.taken == 0 && step.given == 0) return errc::malformed;
        return step;
    case Z_DATA_ERROR:
        // zlib has one code for both; its checksum stage is told apart by the message.
        if (stream.msg != nullptr && (stream.msg == std::string_view("incorrect data check") ||
                                         stream.msg == std::string_view("incorrect length check")))
            return errc::checksum_mismatch;
        return errc::malformed;
    default: return errc::malformed;
    }
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
