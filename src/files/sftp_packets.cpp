#include "files/sftp_packets.hpp"

#include "files/sftp_fields.hpp"

#include <algorithm>

namespace verbatim::files {
namespace {

// Buffers of usual packets are kept, those of rare long ones are not.
constexpr std::size_t kept_capacity = 4096;

} // namespace

void sftp_packets::fail(std::string_view why)
{
    error_ = why;
    head_ = {};
}

bool sftp_packets::is_data() const noexcept
{
    return type_ == (to_server_ ? sftp::write : sftp::data);
}

void sftp_packets::pass(byte_view& bytes, std::size_t size)
{
    bytes = bytes.subspan(size);
    taken_ += size;
}

bool sftp_packets::collect(byte_view& bytes, std::size_t wanted)
{
    const auto size = std::min(bytes.size(), wanted - head_.size());
    head_.append(as_text(bytes.first(size)));
    pass(bytes, size);
    return head_.size() == wanted;
}

bool sftp_packets::begin_packet()
{
    length_ = load_u32(head_.data());
    type_ = static_cast<std::uint8_t>(head_[4]);
    const bool long_one = is_data() || !to_server_;
    if (length_ < 5) fail("a packet that is too short");
    else if (length_ > (long_one ? longest_packet : longest_request))
        fail("a packet of " + std::to_string(length_) + " bytes");
    if (head_.capacity() > kept_capacity) head_ = {};
    head_.clear();
    --length_; // the type has been read
    state_ = state::head;
    return error_.empty();
}

// Of data: the number and, to the server, handle and offset, then the content's length. Grows with
// what is known.
std::size_t sftp_packets::wanted_head()
{
    constexpr std::size_t number = 4, length = 4, offset = 8;
    if (!is_data()) return to_server_ ? length_ : std::min(length_, longest_kept);
    if (!to_server_) return number + length;
    if (head_.size() < number + length) return number + length;
    const auto handle = load_u32(head_.data() + number);
    if (handle > longest_handle) {
        fail("a handle of " + std::to_string(handle) + " bytes");
        return 0;
    }
    return number + length + handle + offset + length;
}

std::optional<sftp_piece> sftp_packets::end_head()
{
    const auto size = static_cast<std::uint32_t>(head_.size());
    if (!is_data()) {
        rest_ = length_ - size;
        state_ = state::rest;
        return sftp_piece{sftp_piece::kind::packet, type_, head_, {}};
    }
    content_ = load_u32(head_.data() + size - 4);
    if (content_ > length_ - size) {
        fail("content that is longer than its packet");
        return std::nullopt;
    }
    rest_ = length_ - size - content_;
    state_ = state::content;
    return sftp_piece{sftp_piece::kind::data, type_, head_, {}};
}

std::optional<sftp_piece> sftp_packets::next(byte_view& bytes)
{
    constexpr std::size_t length_and_type = 5;
    while (error_.empty()) {
        if (state_ == state::content && content_ == 0) state_ = state::rest;
        if (state_ == state::rest && rest_ == 0) {
            state_ = state::length;
            head_.clear();
        }
        if (bytes.empty()) return std::nullopt;
        if (state_ == state::length) {
            if (head_.empty()) packet_begin_ = taken_;
            if (collect(bytes, length_and_type)) begin_packet();
        } else if (state_ == state::head) {
            const auto wanted = wanted_head();
            if (wanted > length_) fail("a packet that is too short for what it is");
            if (!error_.empty() || !collect(bytes, wanted)) continue;
            if (wanted_head() == wanted) return end_head();
        } else if (state_ == state::content) {
            const auto now = bytes.first(std::min<std::size_t>(bytes.size(), content_));
            pass(bytes, now.size());
            content_ -= static_cast<std::uint32_t>(now.size());
            return sftp_piece{sftp_piece::kind::content, type_, {}, now};
        } else {
            const auto skipped = std::min<std::size_t>(bytes.size(), rest_);
            pass(bytes, skipped);
            rest_ -= static_cast<std::uint32_t>(skipped);
        }
    }
    return std::nullopt;
}

} // namespace verbatim::files
