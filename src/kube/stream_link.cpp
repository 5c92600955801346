#include "kube/stream_link.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <utility>

namespace verbatim::kube {

namespace asio = boost::asio;

namespace {

// A peer that always has more must not hold up the loop's other connections.
constexpr std::size_t yield_after_bytes = 256 * 1024;
constexpr std::size_t dropped_at_once = 16 * 1024;
// For a peer's own farewell, once it has been sent ours.
constexpr std::chrono::seconds farewell{2};
// For output towards a peer that has closed its side already: nearly always it is gone.
constexpr std::chrono::seconds after_its_end{10};

} // namespace

stream_link::stream_link(upgraded on, logger& log)
    : stream_(on.stream), buffered_(on.buffered), out_(on.stream, log), tick_(on.stream.executor()),
      changed_(on.stream.executor(), asio::steady_timer::time_point::max()),
      tasks_(on.stream.executor(), log)
{}

asio::awaitable<result<void>> stream_link::fill()
{
    if (unyielded_ >= yield_after_bytes) {
        unyielded_ = 0;
        auto others_first = asio::post(stream_.executor(), asio::use_awaitable);
        co_await std::move(others_first);
        if (closed_) co_return errc::cancelled;
    }
    const auto before = input().size();
    auto filling = buffered_.fill();
    const auto filled = co_await std::move(filling);
    if (filled) unyielded_ += input().size() - before;
    co_return filled;
}

asio::awaitable<result<void>> stream_link::more()
{
    if (is_over()) co_return errc::cancelled;
    reading_ = true;
    auto filling = fill();
    const auto filled = co_await std::move(filling);
    reading_ = false;
    if (closed_) {
        peer_is_gone();
        co_return errc::cancelled;
    }
    if (finishing_) { // which began meanwhile, and leaves the dropping to whoever reads
        if (filled) {
            auto dropping = discard();
            co_await std::move(dropping);
        }
        peer_is_gone();
        co_return errc::cancelled;
    }
    if (!filled) {
        peer_is_gone();
        co_return errc::closed;
    }
    co_return result<void>{};
}

asio::awaitable<void> stream_link::discard()
{
    // Not by way of the buffer: the bytes of an event that is still being recorded lie there.
    const auto dropped = std::make_unique_for_overwrite<std::byte[]>(dropped_at_once);
    for (std::size_t unyielded = 0;;) {
        auto reading = net::read_some(stream_, {dropped.get(), dropped_at_once});
        const auto got = co_await std::move(reading);
        if (!got) break;
        unyielded += *got;
        if (unyielded < yield_after_bytes) continue;
        unyielded = 0;
        auto others_first = asio::post(stream_.executor(), asio::use_awaitable);
        co_await std::move(others_first);
    }
    peer_is_gone();
}

void stream_link::peer_is_gone()
{
    peer_gone_ = true;
    if (finishing_ && !closed_ && !impatience_)
        impatience_.emplace(stream_.executor(), after_its_end, [this] { close(); });
    changed_.cancel();
}

void stream_link::every(std::chrono::milliseconds interval, std::function<void()> duty)
{
    if (has_duty_ || is_over()) return;
    has_duty_ = true;
    interval_ = interval;
    tasks_.spawn("kube: pings", keep(std::move(duty)));
}

asio::awaitable<void> stream_link::keep(std::function<void()> duty)
{
    while (!is_over()) {
        tick_.expires_after(interval_);
        error_code cancelled;
        auto waiting = tick_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
        co_await std::move(waiting);
        if (!cancelled && !is_over()) duty();
    }
}

asio::awaitable<void> stream_link::change()
{
    error_code woken;
    auto waiting = changed_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    co_await std::move(waiting);
}

asio::awaitable<void> stream_link::part(std::chrono::milliseconds stalled)
{
    if (peer_gone_) peer_is_gone();
    else if (!reading_) tasks_.spawn("kube: input after the end", discard());
    auto draining = out_.drain(stalled);
    if (const auto drained = co_await std::move(draining); !drained) co_return;
    { // a tunnel still has its own queue to send
        const net::deadline over(stream_.executor(), stalled, [this] { close(); });
        stream_finished_ = true;
        auto finishing = stream_.finish();
        co_await std::move(finishing);
    }
    const net::deadline over(stream_.executor(), farewell, [this] { close(); });
    while (!peer_gone_ && !closed_) {
        auto changing = change();
        co_await std::move(changing);
    }
}

asio::awaitable<void> stream_link::finish(std::chrono::milliseconds stalled)
{
    if (finishing_) {
        while (!finished_) {
            auto changing = change();
            co_await std::move(changing);
        }
        co_return;
    }
    finishing_ = true;
    tick_.cancel();
    if (!closed_) {
        auto parting = part(stalled);
        co_await std::move(parting);
    }
    close();
    impatience_.reset();
    if (!std::exchange(stream_finished_, true)) { // so that a tunnel's coroutines end, too
        auto finishing = stream_.finish();
        co_await std::move(finishing);
    }
    auto joining = tasks_.join();
    co_await std::move(joining);
    auto writing = out_.join();
    co_await std::move(writing);
    finished_ = true;
    changed_.cancel();
}

void stream_link::close()
{
    if (closed_) return;
    closed_ = true;
    tick_.cancel();
    out_.close();
    changed_.cancel();
}

} // namespace verbatim::kube
