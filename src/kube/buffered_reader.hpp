#pragma once

#include <verbatim/net/byte_stream.hpp>
#include <verbatim/net/waiter.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <span>

namespace verbatim::kube {

/// What was read from a stream and not yet taken. Holds a buffer only while there is something in
/// it, so that waiting connections cost none.
/// Thread: the stream's loop. The stream outlives it.
class buffered_reader {
public:
    static constexpr std::size_t capacity = 64 * 1024;

    explicit buffered_reader(net::byte_stream& stream) : stream_(stream) {}
    ~buffered_reader();
    buffered_reader(const buffered_reader&) = delete;
    buffered_reader& operator=(const buffered_reader&) = delete;

    /// Valid until consume() or fill().
    std::span<std::byte> available() noexcept { return {bytes_.get() + begin_, end_ - begin_}; }
    void consume(std::size_t count) noexcept { begin_ += count; }

    /// Waits until there is more than now. Errors: those of the stream; errc::limit_reached when
    /// `capacity` bytes stand unconsumed. One more may wait while one does: it gets the same.
    [[nodiscard]] boost::asio::awaitable<result<void>> fill();

private:
    void release() noexcept;
    boost::asio::awaitable<result<void>> read_more();

    net::byte_stream& stream_;
    std::unique_ptr<std::byte[]> bytes_;
    std::size_t begin_ = 0, end_ = 0;

    bool filling_ = false;
    result<void> filled_;
    net::waiter filled_now_;
};

} // namespace verbatim::kube
