#include "record/recording_file.hpp"

#include <verbatim/wire/recording_codec.hpp>

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <array>

namespace verbatim::record {
namespace {

// RFC 1952: magic, deflate, no flags, no time, fastest, unknown system.
constexpr std::array<std::uint8_t, 10> gzip_header{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255};
// An empty final block with the fixed code, padded to a byte.
constexpr std::array<std::uint8_t, 2> final_block{0x03, 0x00};

// After the beginning only batches that the flush timer cut this short are packed thoroughly: they
// come once a second, from sessions that are slow.
constexpr std::size_t slow_batch_bytes = 64 * 1024;

} // namespace

byte_buffer member_ending(std::uint32_t crc, std::uint32_t raw_bytes)
{
    std::array<std::uint8_t, 8> trailer{};
    boost::endian::store_little_u32(trailer.data(), crc);
    boost::endian::store_little_u32(trailer.data() + 4, raw_bytes);
    byte_buffer out;
    verbatim::append(out, as_bytes(final_block.data(), final_block.size()));
    verbatim::append(out, as_bytes(trailer.data(), trailer.size()));
    return out;
}

recording_file::recording_file(
    std::unique_ptr<output_file> file, std::uint64_t size, recording_file_settings settings)
    : file_(std::move(file)), settings_(settings), size_(size), writeback_from_(size)
{}

result<void> recording_file::append(byte_view batch, batch_compressor& compressor, bool hurried)
{
    if (batch.empty()) return {};
    auto& out = compressor.output();
    out.clear();
    if (!part_offset_) {
        part_offset_ = size_;
        part_raw_ = part_crc_ = 0;
        verbatim::append(out, wire::encode(wire::part_header{}));
        verbatim::append(out, as_bytes(gzip_header.data(), gzip_header.size()));
    }
    compressor.pack(out, batch, history_, effort_for(batch.size(), hurried));
    part_crc_ = update_crc(part_crc_, batch);
    part_raw_ += static_cast<std::uint32_t>(batch.size());
    raw_bytes_ += batch.size();
    remember(batch);
    if (part_raw_ >= part_raw_bytes) return end_part(out);
    return write_out(out);
}

effort recording_file::effort_for(std::size_t batch, bool hurried) const
{
    const auto limit = hurried ? settings_.thorough_bytes / 2 : settings_.thorough_bytes;
    if (raw_bytes_ < limit || (batch < slow_batch_bytes && !hurried)) return effort::thorough;
    return effort::fast;
}

result<void> recording_file::close_part()
{
    if (!part_offset_) return {};
    byte_buffer out;
    return end_part(out);
}

result<void> recording_file::end_part(byte_buffer& out)
{
    verbatim::append(out, member_ending(part_crc_, part_raw_));
    auto written = write_out(out);
    part_offset_.reset();
    history_.clear();
    return written;
}

/// The bytes first, then the header's count of them; a new part's header goes with its bytes.
result<void> recording_file::write_out(byte_buffer& out)
{
    std::array<unsigned char, 8> count{};
    auto payload = size_ + out.size() - *part_offset_ - wire::part_header_bytes;
    boost::endian::store_big_u64(count.data(), payload);
    auto is_new = *part_offset_ == size_;
    if (is_new)
        std::ranges::copy(
            as_bytes(count.data(), count.size()), out.begin() + wire::part_size_field_offset);
    dirty_ = true;
    if (auto written = write_all(*file_, size_, out); !written) return written;
    size_ += out.size();
    if (!is_new) {
        auto patched = write_all(*file_, *part_offset_ + wire::part_size_field_offset,
            as_bytes(count.data(), count.size()));
        if (!patched) return patched;
    }
    if (size_ - writeback_from_ >= settings_.writeback_bytes) {
        file_->start_writeback(writeback_from_, size_ - writeback_from_);
        writeback_from_ = size_;
    }
    return {};
}

void recording_file::remember(byte_view batch)
{
    if (batch.size() >= history_bytes) {
        auto tail = batch.last(history_bytes);
        history_.assign(tail.begin(), tail.end());
        return;
    }
    if (history_.size() + batch.size() > history_bytes) {
        auto surplus = history_.size() + batch.size() - history_bytes;
        history_.erase(history_.begin(), history_.begin() + static_cast<std::ptrdiff_t>(surplus));
    }
    verbatim::append(history_, batch);
}

/// A new vector, because one that is only shortened keeps its memory.
void recording_file::forget_most()
{
    if (history_.capacity() <= idle_history_bytes) return;
    auto keep = byte_view(history_).last(std::min(history_.size(), idle_history_bytes));
    history_ = byte_buffer(keep.begin(), keep.end());
}

/// A session that falls silent ends with a sync; one that goes on has a new history soon.
result<void> recording_file::sync(monotonic_time now)
{
    if (!dirty_) return {};
    if (auto synced = file_->sync(); !synced) return synced;
    forget_most();
    dirty_ = false;
    last_sync_ = now;
    writeback_from_ = size_;
    return {};
}

result<void> recording_file::sync_if_due(monotonic_time now)
{
    auto due = sync_due();
    return due && *due <= now ? sync(now) : result<void>{};
}

std::optional<monotonic_time> recording_file::sync_due() const
{
    if (!dirty_) return std::nullopt;
    return last_sync_ + settings_.sync_interval;
}

} // namespace verbatim::record
