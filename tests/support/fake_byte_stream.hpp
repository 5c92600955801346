#pragma once
// Two byte streams connected in memory, which split, stall, end and break as the test says.

#include "support/bell.hpp"

#include <verbatim/net/byte_stream.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace verbatim::test {

/// One end. A test may also use it without coroutines: send() and take(). Thread: one loop.
class fake_byte_stream final : public net::byte_stream {
    /// What travels one way.
    struct pipe {
        explicit pipe(boost::asio::any_io_executor loop) : changed(std::move(loop)) {}
        byte_buffer bytes;
        error_code end; ///< behind the bytes
        bool stalled = false;
        std::size_t chunk = SIZE_MAX, capacity = SIZE_MAX;
        bell changed;
    };

public:
    using pair = std::pair<std::unique_ptr<fake_byte_stream>, std::unique_ptr<fake_byte_stream>>;
    static pair make(boost::asio::any_io_executor loop)
    {
        // Shared by the two ends, of which either may go first.
        auto there = std::make_shared<pipe>(loop), back = std::make_shared<pipe>(loop);
        return {std::unique_ptr<fake_byte_stream>(new fake_byte_stream(loop, back, there)),
            std::unique_ptr<fake_byte_stream>(new fake_byte_stream(loop, there, back))};
    }
    ~fake_byte_stream() override { close(); }

    // --- the test's side ---
    /// This end's read_available() gives at most `bytes` at a time, read or not.
    void split_reads(std::size_t bytes) { in_->chunk = std::max<std::size_t>(bytes, 1); }
    /// This end's write() waits while so many bytes are unread by the other.
    void limit_unread(std::size_t bytes) { out_->capacity = std::max<std::size_t>(bytes, 1); }
    /// What the other end sends does not arrive here until resume().
    void stall() { in_->stalled = true; }
    void resume()
    {
        in_->stalled = false;
        in_->changed.ring();
    }
    /// As write(), at once and without limit.
    void send(byte_view bytes)
    {
        append(out_->bytes, bytes);
        out_->changed.ring();
    }
    void send(std::string_view text) { send(as_bytes(text)); }
    /// As finish(), at once: the other end reads what was sent, then errc::closed.
    void end() { end_with(*out_, errc::closed); }
    /// Both directions break now, with what is unread: a peer that was killed.
    void reset(error_code error = boost::asio::error::connection_reset)
    {
        for (auto* each : {in_.get(), out_.get()}) {
            each->bytes.clear();
            each->stalled = false;
            each->end = error;
            each->changed.ring();
        }
    }
    /// All that has arrived and was not read.
    byte_buffer take()
    {
        auto taken = std::exchange(in_->bytes, {});
        in_->changed.ring();
        return taken;
    }
    std::string take_text() { return std::string(as_text(take())); }
    std::size_t unread() const noexcept { return in_->bytes.size(); }
    bool is_closed() const noexcept { return closed_; }
    /// The other end has said that no more comes, or is gone.
    bool peer_ended() const noexcept { return in_->end.failed(); }

    // --- net::byte_stream ---
    boost::asio::any_io_executor executor() override { return loop_; }

    boost::asio::awaitable<void> readable() override
    {
        while (!closed_ && (in_->stalled || (in_->bytes.empty() && !in_->end))) {
            auto change = in_->changed.wait();
            co_await std::move(change);
        }
    }

    result<std::size_t> read_available(std::span<std::byte> into) override
    {
        if (closed_) return errc::closed;
        if (in_->stalled) return std::size_t{0};
        const auto size = std::min({into.size(), in_->bytes.size(), in_->chunk});
        if (size == 0 && in_->bytes.empty() && in_->end) return in_->end;
        std::copy_n(in_->bytes.begin(), size, into.begin());
        in_->bytes.erase(in_->bytes.begin(), in_->bytes.begin() + static_cast<long>(size));
        in_->changed.ring();
        return size;
    }

    boost::asio::awaitable<result<void>> write(byte_view bytes) override
    {
        while (!bytes.empty()) {
            if (closed_) co_return errc::closed;
            if (out_->end) co_return out_->end;
            const auto unread = out_->bytes.size();
            const auto room = out_->capacity - std::min(out_->capacity, unread);
            if (room == 0) {
                auto change = out_->changed.wait();
                co_await std::move(change);
                continue;
            }
            const auto part = bytes.first(std::min(room, bytes.size()));
            send(part);
            bytes = bytes.subspan(part.size());
        }
        co_return result<void>{};
    }

    boost::asio::awaitable<void> finish() override
    {
        end();
        co_return;
    }

    void close() noexcept override
    {
        if (closed_) return;
        closed_ = true;
        in_->bytes.clear();
        end_with(*out_, errc::closed);
        end_with(*in_, boost::asio::error::broken_pipe); // for the other end's writes
    }

private:
    fake_byte_stream(
        boost::asio::any_io_executor loop, std::shared_ptr<pipe> in, std::shared_ptr<pipe> out)
        : loop_(std::move(loop)), in_(std::move(in)), out_(std::move(out))
    {}

    static void end_with(pipe& which, error_code error)
    {
        if (!which.end) which.end = error;
        which.changed.ring();
    }

    boost::asio::any_io_executor loop_;
    std::shared_ptr<pipe> in_, out_;
    bool closed_ = false;
};

} // namespace verbatim::test
