#include "record/buffer_pool.hpp"

namespace verbatim::record {

byte_buffer buffer_pool::take(std::size_t room)
{
    auto is_small = room <= small_bytes;
    byte_buffer buffer;
    {
        std::lock_guard lock(mutex_);
        auto& free = is_small ? free_small_ : free_large_;
        if (!free.empty()) {
            buffer = std::move(free.back());
            free.pop_back();
        }
    }
    buffer.reserve(is_small ? small_bytes : large_bytes_);
    return buffer;
}

void buffer_pool::give_back(byte_buffer buffer)
{
    buffer.clear();
    std::lock_guard lock(mutex_);
    if (buffer.capacity() == small_bytes) {
        if (free_small_.size() < free_small_limit) free_small_.push_back(std::move(buffer));
    } else if (buffer.capacity() >= large_bytes_) {
        if (free_large_.size() < free_large_limit) free_large_.push_back(std::move(buffer));
    }
}

} // namespace verbatim::record
