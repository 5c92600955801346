#include "ssh/jump_stream.hpp"

#include "ssh/transport.hpp"

#include <verbatim/wire/ssh_connection.hpp>

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace verbatim::ssh {

namespace asio = boost::asio;
namespace ws = wire::ssh;

result<std::unique_ptr<jump_stream>> jump_stream::make(
    transport& client, const numbers& channel, logger& log)
{
    asio::local::stream_protocol::socket near(client.executor()), far(client.executor());
    error_code failed;
    asio::local::connect_pair(near, far, failed);
    if (failed) return failed;
    return std::make_unique<jump_stream>(std::move(near), std::move(far), client, channel, log);
}

jump_stream::jump_stream(
    stream_socket near, stream_socket far, transport& client, const numbers& channel, logger& log)
    : near_(std::move(near)), far_(std::move(far)), client_(client), channel_(channel),
      tasks_(client.executor(), log)
{}

asio::awaitable<void> jump_stream::run(
    connection_owner& owner, std::string host, std::uint16_t port)
{
    tasks_.spawn("ssh jump: input", to_inner());
    tasks_.spawn("ssh jump: output", from_inner());
    auto serving = owner.serve_jump(std::move(far_), std::move(host), port);
    co_await std::move(serving);
    // The other end is closed now: what it said is read to the end.
    inner_over_ = true;
    input_.wake();
    auto joining = tasks_.join();
    co_await std::move(joining);
}

bool jump_stream::handle(const ws::message& message)
{
    if (closed_by_client_) return false;
    if (const auto* data = std::get_if<ws::channel_data>(&message)) {
        if (ended_by_client_) return false;
        if (inner_over_ || close_sent_) return true; // late: nobody is there
        if (waiting_.size() + unreturned_ + data->data.size() > window) return false;
        waiting_.insert(waiting_.end(), data->data.begin(), data->data.end());
        input_.wake();
        return true;
    }
    if (const auto* more = std::get_if<ws::channel_window_adjust>(&message)) {
        channel_.window += std::min(more->amount, UINT32_MAX - channel_.window);
        room_.wake();
        return true;
    }
    if (std::holds_alternative<ws::channel_eof>(message)) {
        ended_by_client_ = true;
        input_.wake();
        return true;
    }
    if (std::holds_alternative<ws::channel_close>(message)) {
        closed_by_client_ = true;
        close();
        return true;
    }
    const auto* request = std::get_if<ws::channel_request>(&message);
    if (!request) return false;
    if (request->want_reply) send(ws::channel_failure{channel_.client});
    return true;
}

void jump_stream::close()
{
    closing_ = true;
    if (!std::exchange(close_sent_, true)) send(ws::channel_close{channel_.client});
    error_code ignored;
    near_.close(ignored);
    input_.wake();
    room_.wake();
}

void jump_stream::send(const ws::message& message)
{
    if (client_.is_closed()) return;
    byte_buffer payload;
    ws::encode(payload, message);
    std::ignore = client_.send(payload); // a failing transport ends its own pump
    client_.flush();
}

asio::awaitable<void> jump_stream::to_inner()
{
    byte_buffer now;
    while (!closing_) {
        if (waiting_.empty()) {
            if (ended_by_client_ || inner_over_) break;
            auto waiting = input_.wait();
            co_await std::move(waiting);
            continue;
        }
        now.clear();
        now.swap(waiting_);
        unreturned_ += static_cast<std::uint32_t>(now.size());
        error_code failed;
        auto writing = asio::async_write(near_, asio::buffer(now.data(), now.size()),
            asio::redirect_error(asio::use_awaitable, failed));
        co_await std::move(writing);
        if (failed) break;
        if (close_sent_) break;
        send(ws::channel_window_adjust{channel_.client, std::exchange(unreturned_, 0)});
    }
    error_code ignored;
    near_.shutdown(stream_socket::shutdown_send, ignored);
}

asio::awaitable<void> jump_stream::from_inner()
{
    std::vector<std::byte> buffer(max_packet);
    while (!closing_) {
        if (channel_.window == 0) {
            auto waiting = room_.wait();
            co_await std::move(waiting);
            continue;
        }
        if (client_.output_waiting() >= transport::output_high_water) {
            auto draining = client_.drained();
            co_await std::move(draining);
            if (client_.is_closed()) break;
            continue;
        }
        const std::size_t most =
            std::min<std::size_t>({buffer.size(), channel_.window, channel_.max_packet});
        error_code failed;
        auto reading = near_.async_read_some(
            asio::buffer(buffer.data(), most), asio::redirect_error(asio::use_awaitable, failed));
        const std::size_t got = co_await std::move(reading);
        if (failed || got == 0) break;
        if (close_sent_) break;
        channel_.window -= static_cast<std::uint32_t>(got);
        send(ws::channel_data{channel_.client, byte_view(buffer).first(got)});
    }
    if (!close_sent_) send(ws::channel_eof{channel_.client});
    close();
}

} // namespace verbatim::ssh
