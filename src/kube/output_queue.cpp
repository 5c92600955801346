#include "kube/output_queue.hpp"

#include <verbatim/net/deadline.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace verbatim::kube {

namespace asio = boost::asio;

namespace {

// Of this loop's thread.
constexpr std::size_t kept = 16;
constexpr std::size_t largest_kept_bytes = 512 * 1024;
// So that a slow peer's progress shows.
constexpr std::size_t one_write_bytes = 128 * 1024;
constexpr std::size_t first_bytes = 16 * 1024;
thread_local std::vector<byte_buffer> spare;

} // namespace

byte_buffer take_buffer()
{
    byte_buffer out;
    if (spare.empty()) {
        out.reserve(first_bytes);
        return out;
    }
    out = std::move(spare.back());
    spare.pop_back();
    return out;
}

void give_back(byte_buffer&& buffer)
{
    byte_buffer gone = std::move(buffer);
    buffer = {};
    gone.clear();
    if (gone.capacity() == 0 || gone.capacity() > largest_kept_bytes || spare.size() >= kept)
        return;
    spare.push_back(std::move(gone));
}

output_queue::output_queue(net::byte_stream& to, logger& log)
    : stream_(to), changed_(to.executor(), asio::steady_timer::time_point::max()),
      tasks_(to.executor(), log)
{}

byte_buffer& output_queue::buffer()
{
    if (filling_.capacity() == 0) filling_ = take_buffer();
    return filling_;
}

void output_queue::added()
{
    if (error_) {
        give_back(std::move(filling_));
        return;
    }
    if (queued() > hard_limit) {
        fail(errc::limit_reached);
        stream_.close();
        return;
    }
    if (running_ || filling_.empty()) return;
    running_ = true;
    tasks_.spawn("kube: writer", write_all());
}

// Lives while there is something to write; begins a turn later, so that what comes of one read
// goes out in one write.
asio::awaitable<void> output_queue::write_all()
{
    auto others_first = asio::post(stream_.executor(), asio::use_awaitable);
    co_await std::move(others_first);
    while (!error_ && !filling_.empty()) {
        std::swap(filling_, writing_);
        in_flight_ = writing_.size();
        while (!error_ && in_flight_ != 0) {
            const auto rest = byte_view(writing_).last(in_flight_);
            auto writing = stream_.write(rest.first(std::min(rest.size(), one_write_bytes)));
            const auto written = co_await std::move(writing);
            if (!written && !error_) fail(written.error());
            const bool was_high = queued() > high_water;
            in_flight_ -= std::min(rest.size(), one_write_bytes);
            ++writes_;
            if (was_high || queued() == 0) changed_.cancel();
        }
        in_flight_ = 0;
        writing_.clear();
    }
    changed_.cancel();
    running_ = false;
    give_back(std::move(writing_));
    if (filling_.empty()) give_back(std::move(filling_));
}

asio::awaitable<void> output_queue::change()
{
    error_code woken;
    auto waiting = changed_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    co_await std::move(waiting);
}

asio::awaitable<result<void>> output_queue::room(const bool* enough)
{
    while (!error_ && queued() > high_water && !(enough && *enough)) {
        auto changing = change();
        co_await std::move(changing);
    }
    if (error_) co_return error_;
    co_return result<void>{};
}

asio::awaitable<result<void>> output_queue::drain(std::chrono::milliseconds stalled)
{
    while (!error_ && queued() != 0) {
        const auto before = writes_;
        const net::deadline overdue(stream_.executor(), stalled, [this] { changed_.cancel(); });
        auto changing = change();
        co_await std::move(changing);
        if (overdue.expired() && before == writes_ && queued() != 0) co_return errc::timed_out;
    }
    if (error_) co_return error_;
    co_return result<void>{};
}

void output_queue::fail(error_code why)
{
    error_ = why;
    give_back(std::move(filling_));
    changed_.cancel();
}

void output_queue::close()
{
    if (!error_) fail(errc::cancelled);
    stream_.close();
}

asio::awaitable<void> output_queue::join()
{
    auto joining = tasks_.join();
    co_await std::move(joining);
}

} // namespace verbatim::kube
