#include "kube/buffered_reader.hpp"

#include <cstring>
#include <vector>

namespace verbatim::kube {

namespace asio = boost::asio;

namespace {

// Of this loop's thread. Few: a connection takes one only while it has bytes to look at.
constexpr std::size_t kept = 16;
thread_local std::vector<std::unique_ptr<std::byte[]>> spare;

std::unique_ptr<std::byte[]> take()
{
    if (spare.empty())
        return std::make_unique_for_overwrite<std::byte[]>(buffered_reader::capacity);
    auto out = std::move(spare.back());
    spare.pop_back();
    return out;
}

} // namespace

void buffered_reader::release() noexcept
{
    if (!bytes_) return;
    if (spare.size() < kept) spare.push_back(std::move(bytes_));
    bytes_.reset();
    begin_ = end_ = 0;
}

buffered_reader::~buffered_reader() { release(); }

asio::awaitable<result<void>> buffered_reader::fill()
{
    if (filling_) {
        auto waiting = filled_now_.wait();
        co_await std::move(waiting);
        co_return filled_;
    }
    filling_ = true;
    auto reading = read_more();
    filled_ = co_await std::move(reading);
    filling_ = false;
    const auto filled = filled_; // whom this wakes may fill again
    filled_now_.wake();
    co_return filled;
}

asio::awaitable<result<void>> buffered_reader::read_more()
{
    for (;;) {
        if (begin_ == end_) release();
        if (!bytes_) {
            auto waiting = stream_.readable();
            co_await std::move(waiting);
            bytes_ = take();
        }
        if (begin_ != 0) {
            std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        }
        if (end_ == capacity) co_return errc::limit_reached;
        const auto got = stream_.read_available({bytes_.get() + end_, capacity - end_});
        if (!got) co_return got.error();
        end_ += *got;
        if (*got != 0) co_return result<void>{};
        if (end_ == 0) continue;
        auto waiting = stream_.readable();
        co_await std::move(waiting);
    }
}

} // namespace verbatim::kube
