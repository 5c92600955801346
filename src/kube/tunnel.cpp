#include "kube/stream_factory.hpp"
#include "kube/websocket_link.hpp"

#include <algorithm>
#include <cstring>

namespace verbatim::kube {

namespace asio = boost::asio;
namespace ws = wire::websocket;

namespace {

constexpr std::chrono::seconds ping_interval{5};

class tunnel final : public net::byte_stream {
public:
    tunnel(upgraded on, role ours, logger& log)
        : link_(on, ours, ping_interval, log), loop_(on.stream.executor())
    {}

    asio::any_io_executor executor() override { return loop_; }

    asio::awaitable<void> readable() override
    {
        while (unread_.empty() && !error_) {
            auto reading = link_.next();
            const auto piece = co_await std::move(reading);
            // Borders of messages mean nothing here, and many are empty.
            if (piece) unread_ = piece->bytes;
            else error_ = piece.error() == errc::cancelled ? errc::closed : piece.error();
        }
    }

    result<std::size_t> read_available(std::span<std::byte> into) override
    {
        if (unread_.empty() && error_) return error_;
        const auto size = std::min(into.size(), unread_.size());
        if (size != 0) std::memcpy(into.data(), unread_.data(), size);
        unread_ = unread_.subspan(size);
        return size;
    }

    asio::awaitable<result<void>> write(byte_view bytes) override
    {
        link_.message(ws::opcode::binary, bytes, {});
        auto waiting = link_.out().room();
        co_return co_await std::move(waiting);
    }

    asio::awaitable<void> finish() override
    {
        link_.close_frame(ws::close_code::normal);
        auto parting = link_.link().finish(stream_link::patience);
        co_await std::move(parting);
    }

    void close() noexcept override { link_.link().close(); }

private:
    websocket_link link_;
    asio::any_io_executor loop_;
    byte_view unread_; // within what the link gave last
    error_code error_;
};

} // namespace

std::unique_ptr<net::byte_stream> make_tunnel(upgraded on, wire::websocket::role ours, logger& log)
{
    return std::make_unique<tunnel>(on, ours, log);
}

} // namespace verbatim::kube
