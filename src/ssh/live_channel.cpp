#include "ssh/live_channel.hpp"

#include "ssh/transport.hpp"

#include <verbatim/wire/ssh_connection.hpp>

#include <algorithm>
#include <utility>

namespace verbatim::ssh {

namespace asio = boost::asio;
namespace ws = wire::ssh;

namespace {

constexpr std::size_t most_waiting = 256; // events of a client that nobody takes

} // namespace

live_channel::live_channel(
    transport& client, const ws::channel_open& opened, ws::channel_number client_number)
    : client_(client), client_number_(client_number), room_(opened.initial_window),
      packet_(std::clamp<std::uint32_t>(opened.max_packet, 1, largest_packet))
{}

void live_channel::send(const ws::message& message)
{
    byte_buffer payload;
    ws::encode(payload, message);
    std::ignore = client_.send(payload); // a failing transport ends its own pump
    client_.flush();
}

// --- what the client says

bool live_channel::handle(const ws::message& message)
{
    if (client_closed_) return false;
    if (const auto* data = std::get_if<ws::channel_data>(&message)) {
        if (!started_ || data->data.size() > window - unread_ - consumed_) return false;
        unread_ += static_cast<std::uint32_t>(data->data.size());
        return take(net::data_event{net::data_stream::input, {}}, as_text(data->data));
    }
    if (const auto* more = std::get_if<ws::channel_window_adjust>(&message)) {
        room_ = std::min<std::uint64_t>(room_ + more->amount, UINT32_MAX);
        room_given_.wake();
        return true;
    }
    if (const auto* request = std::get_if<ws::channel_request>(&message))
        return take_request(*request);
    if (std::holds_alternative<ws::channel_eof>(message))
        return take(net::end_of_file_event{net::data_stream::input}, {});
    if (!std::holds_alternative<ws::channel_close>(message)) return false;
    client_closed_ = true;
    room_given_.wake();
    return take(net::close_event{}, {});
}

bool live_channel::take_request(const ws::channel_request& request)
{
    net::event_body body = net::other_event{"request"};
    std::string_view text;
    if (const auto* pty = std::get_if<ws::pty_request>(&request.detail)) {
        body = net::pty_event{{}, pty->columns, pty->rows};
    } else if (const auto* size = std::get_if<ws::window_change>(&request.detail)) {
        body = net::resize_event{size->columns, size->rows};
    } else if (const auto* exec = std::get_if<ws::exec_request>(&request.detail)) {
        body = net::start_event{net::start_kind::exec, {}};
        text = exec->command;
    } else if (std::holds_alternative<ws::shell_request>(request.detail)) {
        body = net::start_event{net::start_kind::shell, {}};
    }
    const bool starts = std::holds_alternative<net::start_event>(body);
    const bool granted = !std::holds_alternative<net::other_event>(body) &&
                         !(starts && std::exchange(started_, true));
    if (request.want_reply) {
        if (granted) send(ws::channel_success{client_number_});
        else send(ws::channel_failure{client_number_});
    }
    return !granted || take(std::move(body), text);
}

bool live_channel::take(net::event_body body, std::string_view text)
{
    if (abandoned_ || closed_) {
        if (std::holds_alternative<net::data_event>(body)) {
            consumed_ += static_cast<std::uint32_t>(text.size());
            unread_ -= static_cast<std::uint32_t>(text.size());
        }
        return true;
    }
    if (events_.size() >= most_waiting) return false;
    events_.push_back({std::move(body), std::string(text)});
    arrived_.wake();
    return true;
}

asio::awaitable<result<net::leg_event>> live_channel::next()
{
    give_window_back();
    while (events_.empty()) {
        if (closed_) co_return errc::cancelled;
        if (lost_) co_return errc::closed;
        auto waiting = arrived_.wait();
        co_await std::move(waiting);
    }
    current_ = std::move(events_.front());
    events_.pop_front();
    if (auto* data = std::get_if<net::data_event>(&current_.body)) {
        data->bytes = as_bytes(std::string_view(current_.text));
        unread_ -= static_cast<std::uint32_t>(current_.text.size());
        consumed_ += static_cast<std::uint32_t>(current_.text.size());
    } else if (auto* start = std::get_if<net::start_event>(&current_.body)) {
        start->command = current_.text;
    }
    co_return net::leg_event{current_.body};
}

void live_channel::give_window_back()
{
    if (consumed_ == 0 || closed_ || lost_) return;
    send(ws::channel_window_adjust{client_number_, std::exchange(consumed_, 0)});
}

void live_channel::stop_reading()
{
    abandoned_ = true;
    events_.clear();
}

void live_channel::lost()
{
    lost_ = true;
    arrived_.wake();
    room_given_.wake();
}

// --- what it is told

asio::awaitable<result<void>> live_channel::deliver(const net::leg_event& event)
{
    if (closed_ || client_closed_ || lost_) co_return errc::closed;
    if (const auto* data = std::get_if<net::data_event>(&event.body)) {
        auto sending = send_data(data->stream, data->bytes);
        co_return co_await std::move(sending);
    }
    if (const auto* status = std::get_if<net::exit_status_event>(&event.body))
        send(ws::channel_request{client_number_, false, ws::exit_status{status->code}});
    co_return result<void>{};
}

asio::awaitable<result<void>> live_channel::send_data(net::data_stream stream, byte_view bytes)
{
    while (!bytes.empty()) {
        while (room_ == 0 && !closed_ && !client_closed_ && !lost_) {
            auto waiting = room_given_.wait();
            co_await std::move(waiting);
        }
        if (client_.output_waiting() > transport::output_high_water) {
            auto draining = client_.drained();
            co_await std::move(draining);
        }
        if (closed_ || client_closed_ || lost_ || client_.is_closed()) co_return errc::closed;
        const auto piece = bytes.first(
            std::min<std::size_t>({bytes.size(), packet_, static_cast<std::size_t>(room_)}));
        if (piece.empty()) continue;
        if (stream == net::data_stream::error)
            send(ws::channel_extended_data{client_number_, ws::extended_data_stderr, piece});
        else send(ws::channel_data{client_number_, piece});
        room_ -= piece.size();
        bytes = bytes.subspan(piece.size());
    }
    co_return result<void>{};
}

void live_channel::notice(std::string_view line)
{
    const std::string text = "verbatim: " + std::string(line) + "\r\n";
    if (closed_ || client_closed_ || lost_ || text.size() > std::min<std::uint64_t>(room_, packet_))
        return;
    room_ -= text.size();
    send(ws::channel_extended_data{
        client_number_, ws::extended_data_stderr, as_bytes(std::string_view(text))});
}

void live_channel::close(std::uint32_t exit_status)
{
    if (std::exchange(closed_, true)) return;
    if (!lost_) {
        if (!client_closed_) {
            send(ws::channel_request{client_number_, false, ws::exit_status{exit_status}});
            send(ws::channel_eof{client_number_});
        }
        send(ws::channel_close{client_number_});
    }
    arrived_.wake();
    room_given_.wake();
}

} // namespace verbatim::ssh
