#include "record/batch_compressor.hpp"

#include <isa-l.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace verbatim::record {
namespace {

// A batch this small is packed both ways, with the fixed code and with one of its own, whose
// table costs some 60 bytes; the shorter result is kept.
constexpr std::size_t small_batch_bytes = 8 * 1024;
// Below this the table never pays.
constexpr std::size_t tiny_batch_bytes = 512;
constexpr std::size_t stored_block_limit = 65535;

std::uint8_t* isal_bytes(byte_view bytes)
{
    // ISA-L takes its input as non-const and does not write to it.
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
    isal_zstream stream;
    std::array<std::uint8_t, ISAL_DEF_LVL1_DEFAULT> level_memory;
    byte_buffer packed, other, output; ///< grow to the largest batch and stay

    byte_view deflate(byte_buffer& into, byte_view batch, byte_view history, bool fixed_code);
};

byte_view batch_compressor::implementation::deflate(
    byte_buffer& into, byte_view batch, byte_view history, bool fixed_code)
{
    // Fixed codes take at most 9 bits a byte; ISA-L also wants some slack at the end.
    auto bound = batch.size() + batch.size() / 4 + 512;
    if (into.size() < bound) into.resize(bound);
    isal_deflate_init(&stream);
    stream.level = fixed_code ? 0 : 1;
    stream.level_buf = level_memory.data();
    stream.level_buf_size = static_cast<std::uint32_t>(level_memory.size());
    if (fixed_code) isal_deflate_set_hufftables(&stream, nullptr, IGZIP_HUFFTABLE_STATIC);
    if (!history.empty())
        isal_deflate_set_dict(
            &stream, isal_bytes(history), static_cast<std::uint32_t>(history.size()));
    stream.gzip_flag = IGZIP_DEFLATE;
    stream.flush = SYNC_FLUSH;
    stream.end_of_stream = 0;
    stream.next_in = isal_bytes(batch);
    stream.avail_in = static_cast<std::uint32_t>(batch.size());
    stream.next_out = reinterpret_cast<std::uint8_t*>(into.data());
    stream.avail_out = static_cast<std::uint32_t>(into.size());
    if (isal_deflate(&stream) != COMP_OK || stream.avail_in != 0 || stream.avail_out == 0)
        throw std::logic_error("deflate ran out of the room computed for it");
    return byte_view(into).first(into.size() - stream.avail_out);
}

batch_compressor::batch_compressor() : implementation_(std::make_unique<implementation>()) {}

batch_compressor::~batch_compressor() = default;

void batch_compressor::pack(byte_buffer& out, byte_view batch, byte_view history)
{
    if (batch.empty()) return;
    if (looks_random(batch)) {
        append_stored(out, batch);
        return;
    }
    auto& self = *implementation_;
    auto best = self.deflate(self.packed, batch, history, batch.size() < tiny_batch_bytes);
    if (batch.size() >= tiny_batch_bytes && batch.size() < small_batch_bytes) {
        auto fixed = self.deflate(self.other, batch, history, true);
        if (fixed.size() < best.size()) best = fixed;
    }
    if (best.size() > batch.size() + 5 * (batch.size() / stored_block_limit + 1))
        append_stored(out, batch);
    else append(out, best);
}

byte_buffer& batch_compressor::output() noexcept { return implementation_->output; }

std::uint32_t update_crc(std::uint32_t crc, byte_view bytes)
{
    return crc32_gzip_refl(crc, isal_bytes(bytes), bytes.size());
}

} // namespace verbatim::record
