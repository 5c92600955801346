#include "ssh/agent_channel.hpp"

#include "ssh/transport.hpp"

#include <verbatim/wire/ssh_connection.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace verbatim::ssh {

namespace asio = boost::asio;
namespace ws = wire::ssh;

agent_channel::agent_channel(transport& client, ws::channel_number ours)
    : client_(client), ours_(ours),
      changed_(client.executor(), asio::steady_timer::time_point::max())
{}

void agent_channel::open()
{
    send(ws::channel_open{ours_, window, max_packet, ws::agent_channel{}});
}

asio::awaitable<void> agent_channel::change()
{
    error_code cancelled;
    auto waiting = changed_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    co_await std::move(waiting);
}

asio::awaitable<result<byte_buffer>> agent_channel::ask(byte_buffer question)
{
    asked_ = true;
    byte_view rest = question;
    while (!rest.empty()) {
        if (is_dead()) co_return errc::closed;
        if (!opened_ || their_window_ == 0) {
            auto waiting = change();
            co_await std::move(waiting);
            continue;
        }
        const auto piece =
            rest.first(std::min<std::size_t>({rest.size(), their_window_, their_packet_}));
        send(ws::channel_data{theirs_, piece});
        their_window_ -= static_cast<std::uint32_t>(piece.size());
        rest = rest.subspan(piece.size());
    }
    for (;;) {
        if (fault_) co_return fault_;
        if (auto whole = answer_.take()) {
            asked_ = false;
            if (!is_dead()) send(ws::channel_window_adjust{theirs_, window - granted_});
            granted_ = window;
            co_return std::move(*whole);
        }
        if (is_dead() || eof_) co_return errc::closed;
        auto waiting = change();
        co_await std::move(waiting);
    }
}

bool agent_channel::handle(const ws::message& message)
{
    if (closed_by_client_) return false;
    changed_.cancel();
    if (!opened_) return handle_answer(message);
    if (const auto* data = std::get_if<ws::channel_data>(&message)) return take(data->data);
    if (const auto* more = std::get_if<ws::channel_window_adjust>(&message)) {
        their_window_ += std::min(more->amount, UINT32_MAX - their_window_);
        return true;
    }
    if (std::holds_alternative<ws::channel_eof>(message)) return !std::exchange(eof_, true);
    if (std::holds_alternative<ws::channel_close>(message)) {
        closed_by_client_ = true;
        send_close();
        return true;
    }
    const auto* request = std::get_if<ws::channel_request>(&message);
    if (!request) return false;
    if (request->want_reply && !close_sent_) send(ws::channel_failure{theirs_});
    return true;
}

bool agent_channel::handle_answer(const ws::message& message)
{
    if (std::holds_alternative<ws::channel_open_failure>(message)) {
        closed_by_client_ = true;
        return true;
    }
    const auto* confirmed = std::get_if<ws::channel_open_confirmation>(&message);
    if (!confirmed) return false;
    opened_ = true;
    theirs_ = confirmed->sender;
    their_window_ = confirmed->initial_window;
    their_packet_ = std::clamp<std::uint32_t>(confirmed->max_packet, 1, max_packet);
    if (closing_) send_close();
    return true;
}

bool agent_channel::take(byte_view data)
{
    if (eof_ || data.size() > granted_) return false;
    granted_ -= static_cast<std::uint32_t>(data.size());
    if (closing_ || fault_ || data.empty()) return true;
    if (!asked_) fault_ = errc::malformed; // agents speak when asked
    else if (const auto fed = answer_.feed(data); !fed) fault_ = fed.error();
    return true;
}

void agent_channel::close()
{
    closing_ = true;
    changed_.cancel();
    if (opened_) send_close();
}

void agent_channel::send_close()
{
    if (!std::exchange(close_sent_, true)) send(ws::channel_close{theirs_});
}

void agent_channel::send(const ws::message& message)
{
    if (client_.is_closed()) return;
    byte_buffer payload;
    ws::encode(payload, message);
    std::ignore = client_.send(payload); // a failing transport ends its own pump
    client_.flush();
}

} // namespace verbatim::ssh
