#pragma once

#include <verbatim/base/bytes.hpp>
#include <verbatim/ssh/loop_state.hpp>

#include <cstddef>
#include <vector>

namespace verbatim::ssh {

class transport;

/// The largest packet that libssh takes (262,144 bytes) with its length and MAC, and room to read
/// on.
constexpr std::size_t scratch_bytes = 384 * 1024;
/// How many output buffers a loop keeps for reuse; one more is given back to the system.
constexpr std::size_t pooled_buffers = 8;
constexpr std::size_t pooled_buffer_bytes = 512 * 1024;

/// What the transports of one loop share, so that an idle connection holds no buffer: the memory
/// that is read into, lent to one transport at a time, and a few output buffers. Thread: its loop.
class loop_buffers final : public loop_state {
public:
    loop_buffers() : scratch_(scratch_bytes) {}

    /// The whole scratch for `owner`; the previous owner first saves what it still needs.
    std::byte* acquire_scratch(transport& owner);
    void release_scratch(const transport& owner) noexcept
    {
        if (scratch_owner_ == &owner) scratch_owner_ = nullptr;
    }
    bool owns_scratch(const transport& t) const noexcept { return scratch_owner_ == &t; }

    byte_buffer take_buffer()
    {
        if (pool_.empty()) return {};
        byte_buffer out = std::move(pool_.back());
        pool_.pop_back();
        return out;
    }
    void give_back(byte_buffer&& buffer)
    {
        buffer.clear();
        if (pool_.size() < pooled_buffers && buffer.capacity() <= pooled_buffer_bytes)
            pool_.push_back(std::move(buffer));
        else byte_buffer().swap(buffer);
    }

private:
    std::vector<std::byte> scratch_;
    transport* scratch_owner_ = nullptr;
    std::vector<byte_buffer> pool_;
};

} // namespace verbatim::ssh
