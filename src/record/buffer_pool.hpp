#pragma once
// Batch buffers: an idle session holds none, a typing one a small one, a busy one a large one.

#include <verbatim/base/bytes.hpp>

#include <mutex>
#include <vector>

namespace verbatim::record {

/// Keeps a bounded number of free buffers; beyond that it allocates and frees.
/// Thread: any.
class buffer_pool {
public:
    static constexpr std::size_t small_bytes = 4 * 1024;

    explicit buffer_pool(std::size_t large_bytes) : large_bytes_(large_bytes) {}

    /// Empty, with room for at least `room` bytes if that is at most the large size.
    byte_buffer take(std::size_t room);
    void give_back(byte_buffer buffer);

private:
    static constexpr std::size_t free_small_limit = 256, free_large_limit = 16;

    const std::size_t large_bytes_;
    std::mutex mutex_;
    std::vector<byte_buffer> free_small_, free_large_;
};

} // namespace verbatim::record
