#include "record/batch_compressor.hpp"

#include <isa-l.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>
#include <stdexcept>

namespace verbatim::record {
namespace {

constexpr int thorough_level = 8;
constexpr std::size_t stored_block_limit = 65535;

std::uint8_t* isal_bytes(byte_view bytes)
{
    // ISA-L and zlib take their input as non-const and do not write to it.
    return reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(bytes.data()));
}

/// Whether 16 slices of 256 bytes look like random ones: then deflate can gain nothing, and
/// storing costs a tenth of the time. Bytes in even use but with repeats further apart than a
/// slice are misjudged, which costs space and no more.
bool looks_random(byte_view batch)
{
    constexpr std::size_t slices = 16, slice_bytes = 256, sampled = slices * slice_bytes;
    if (batch.size() < 2 * sampled) return false;
    std::array<std::uint32_t, 256> counts{};
    for (std::size_t slice = 0; slice < slices; ++slice) {
        auto at = (batch.size() - slice_bytes) / (slices - 1) * slice;
        for (auto value : batch.subspan(at, slice_bytes))
            ++counts[std::to_integer<unsigned>(value)];
    }
    std::uint64_t squares = 0;
    for (std::uint64_t count : counts) squares += count * count;
    // Even use of all values gives n*n/256 + n = 69,632 with a deviation of some 360.
    constexpr std::uint64_t even = sampled * sampled / 256 + sampled;
    return squares < even + even / 16;
}

void append_stored(byte_buffer& out, byte_view batch)
{
    while (!batch.empty()) {
        auto block = batch.first(std::min(batch.size(), stored_block_limit));
        auto size = static_cast<std::uint16_t>(block.size());
        std::array<std::uint8_t, 5> header{0, static_cast<std::uint8_t>(size & 0xff),
            static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(~size & 0xff),
            static_cast<std::uint8_t>((~size >> 8) & 0xff)};
        append(out, as_bytes(header.data(), header.size()));
        append(out, block);
        batch = batch.subspan(block.size());
    }
}

} // namespace

struct batch_compressor::implementation {
    isal_zstream fast;
    std::array<std::uint8_t, ISAL_DEF_LVL1_DEFAULT> level_memory;
    z_stream thorough{};
    byte_buffer packed, output; ///< grow to the largest batch and stay

    byte_view pack_fast(byte_view batch, byte_view history);
    byte_view pack_thoroughly(byte_view batch, byte_view history);
};

byte_view batch_compressor::implementation::pack_fast(byte_view batch, byte_view history)
{
    isal_deflate_init(&fast);
    fast.level = 1;
    fast.level_buf = level_memory.data();
    fast.level_buf_size = static_cast<std::uint32_t>(level_memory.size());
    if (!history.empty())
        isal_deflate_set_dict(
            &fast, isal_bytes(history), static_cast<std::uint32_t>(history.size()));
    fast.gzip_flag = IGZIP_DEFLATE;
    fast.flush = SYNC_FLUSH;
    fast.end_of_stream = 0;
    fast.next_in = isal_bytes(batch);
    fast.avail_in = static_cast<std::uint32_t>(batch.size());
    fast.next_out = reinterpret_cast<std::uint8_t*>(packed.data());
    fast.avail_out = static_cast<std::uint32_t>(packed.size());
    if (isal_deflate(&fast) != COMP_OK || fast.avail_in != 0 || fast.avail_out == 0)
        throw std::logic_error("deflate ran out of the room computed for it");
    return byte_view(packed).first(packed.size() - fast.avail_out);
}

byte_view batch_compressor::implementation::pack_thoroughly(byte_view batch, byte_view history)
{
    deflateReset(&thorough);
    if (!history.empty())
        deflateSetDictionary(&thorough, isal_bytes(history), static_cast<uInt>(history.size()));
    thorough.next_in = isal_bytes(batch);
    thorough.avail_in = static_cast<uInt>(batch.size());
    thorough.next_out = reinterpret_cast<Bytef*>(packed.data());
    thorough.avail_out = static_cast<uInt>(packed.size());
    if (deflate(&thorough, Z_SYNC_FLUSH) != Z_OK || thorough.avail_in != 0 ||
        thorough.avail_out == 0)
        throw std::logic_error("deflate ran out of the room computed for it");
    return byte_view(packed).first(packed.size() - thorough.avail_out);
}

batch_compressor::batch_compressor() : implementation_(std::make_unique<implementation>())
{
    constexpr int raw_deflate = -MAX_WBITS, memory_level = 8;
    if (deflateInit2(&implementation_->thorough, thorough_level, Z_DEFLATED, raw_deflate,
            memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();
}

batch_compressor::~batch_compressor() { deflateEnd(&implementation_->thorough); }

void batch_compressor::pack(byte_buffer& out, byte_view batch, byte_view history, effort how)
{
    if (batch.empty()) return;
    if (looks_random(batch)) {
        append_stored(out, batch);
        return;
    }
    auto& self = *implementation_;
    // Either compressor stays below this; ISA-L wants some slack at the end.
    auto bound = batch.size() + batch.size() / 4 + 512;
    if (self.packed.size() < bound) self.packed.resize(bound);
    auto packed =
        how == effort::fast ? self.pack_fast(batch, history) : self.pack_thoroughly(batch, history);
    auto stored_size = batch.size() + 5 * (batch.size() / stored_block_limit + 1);
    if (packed.size() > stored_size) append_stored(out, batch);
    else append(out, packed);
}

byte_buffer& batch_compressor::output() noexcept { return implementation_->output; }

std::uint32_t update_crc(std::uint32_t crc, byte_view bytes)
{
    return crc32_gzip_refl(crc, isal_bytes(bytes), bytes.size());
}

} // namespace verbatim::record
