#include "ssh/channel_leg.hpp"

#include "ssh/channel.hpp"
#include "ssh/transport.hpp"

#include <verbatim/wire/ssh_connection.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace verbatim::ssh {

namespace asio = boost::asio;
namespace ws = wire::ssh;

transport* channel_leg::wire() const noexcept { return channel_.wire_of(side_); }
ws::channel_number channel_leg::peer_number() const noexcept { return channel_.number_at(side_); }

// The side that opened a forward, until it has its answer.
bool channel_leg::opens_forward() const noexcept
{
    return channel_.forward && channel_.forward->owed && channel_.opener == side_;
}

asio::awaitable<result<net::leg_event>> channel_leg::next()
{
    if (channel_.forward && side_ == side::client && !std::exchange(begun_, true))
        co_return net::leg_event{
            net::start_event{net::start_kind::forward, channel_.forward->facts.to}};
    if (taken_) {
        const auto* data = std::get_if<net::data_event>(&offered_.body);
        if (early_ && data) give_window(static_cast<std::uint32_t>(data->bytes.size()));
        taken_ = has_offer_ = false;
        offerer_.wake();
    }
    while (!has_offer_) {
        if (closed_) co_return errc::cancelled;
        if (lost_) co_return errc::closed;
        auto offer = reader_.wait();
        co_await std::move(offer);
    }
    taken_ = true;
    co_return offered_;
}

asio::awaitable<void> channel_leg::offer(net::leg_event event)
{
    if (abandoned_ || closed_) co_return;
    offered_ = event;
    has_offer_ = true;
    taken_ = false;
    reader_.wake();
    while (has_offer_ && !abandoned_) {
        auto consumed = offerer_.wait();
        co_await std::move(consumed);
    }
    has_offer_ = false;
}

void channel_leg::lost()
{
    lost_ = true;
    reader_.wake();
}

void channel_leg::abandoned()
{
    abandoned_ = true;
    offerer_.wake();
}

std::uint32_t channel_leg::reserve_of(side announced_by, std::uint32_t window) noexcept
{
    const auto wanted = announced_by == side::client ? notice_reserve : typing_reserve;
    if (announced_by == side::client) return window > wanted * 2 ? wanted : 0;
    return std::min(wanted, window / 4);
}

std::uint32_t channel_leg::share_window(std::uint32_t more) noexcept
{
    // sshd gives its window only once the shell runs.
    if (side_ == side::target) reserve_ = std::max(reserve_, reserve_of(side_, more));
    const auto repaid = std::min(more, loan_);
    loan_ -= repaid;
    more -= repaid;
    const auto ours = std::min(more, reserve_ - reserve_left_);
    reserve_left_ += ours;
    return more - ours;
}

void channel_leg::read_before_start()
{
    if (channel_.forward || std::exchange(early_, true)) return;
    channel_.leg_of(other(side_)).loan_ += early_window;
    give_window(early_window);
}

void channel_leg::give_window(std::uint32_t bytes)
{
    transport* to = wire();
    if (!to || to->is_closed() || bytes == 0 || channel_.close_sent_to(side_)) return;
    byte_buffer payload;
    ws::encode(payload, ws::channel_window_adjust{peer_number(), bytes});
    if (to->send(payload)) to->flush();
}

asio::awaitable<result<void>> channel_leg::deliver(const net::leg_event& event)
{
    transport* to = wire();
    bool& close_sent = channel_.close_sent_to(side_);
    if (!to || to->is_closed()) co_return errc::closed;
    if (channel_.forward && std::holds_alternative<net::start_event>(event.body)) {
        channel_.send_open();
        co_return result<void>{};
    }
    if (opens_forward()) co_return result<void>{};
    if (close_sent) co_return result<void>{}; // whoever closed first misses what came after
    if (std::holds_alternative<net::close_event>(event.body)) close_sent = true;

    if (auto* from = static_cast<packet_source*>(event.carrier)) {
        if (!ws::set_recipient(from->message(), peer_number())) co_return errc::malformed;
        co_return from->forward_to(*to);
    }
    if (const auto* data = std::get_if<net::data_event>(&event.body);
        data && !event.within_window) {
        if (data->bytes.size() > reserve_left_) co_return errc::limit_reached;
        reserve_left_ -= static_cast<std::uint32_t>(data->bytes.size());
    }
    if (std::holds_alternative<net::start_event>(event.body))
        channel_.leg_of(other(side_)).early_ = false;
    byte_buffer payload;
    encode(event, payload);
    if (payload.empty()) co_return result<void>{};
    const auto sent = to->send(payload);
    to->flush();
    co_return sent;
}

// Events of the proxy's own, and of legs of another kind.
void channel_leg::encode(const net::leg_event& event, byte_buffer& out) const
{
    const auto channel = peer_number();
    if (const auto* data = std::get_if<net::data_event>(&event.body)) {
        if (data->stream == net::data_stream::error)
            ws::encode(
                out, ws::channel_extended_data{channel, ws::extended_data_stderr, data->bytes});
        else ws::encode(out, ws::channel_data{channel, data->bytes});
    } else if (const auto* status = std::get_if<net::exit_status_event>(&event.body)) {
        ws::encode(out, ws::channel_request{channel, false, ws::exit_status{status->code}});
    } else if (const auto* signal = std::get_if<net::exit_signal_event>(&event.body)) {
        ws::encode(
            out, ws::channel_request{channel, false, ws::exit_signal{signal->name, false, {}, {}}});
    } else if (const auto* start = std::get_if<net::start_event>(&event.body)) {
        const bool reply = channel_.start_wants_reply;
        if (start->kind == net::start_kind::shell)
            ws::encode(out, ws::channel_request{channel, reply, ws::shell_request{}});
        else if (start->kind == net::start_kind::subsystem)
            ws::encode(
                out, ws::channel_request{channel, reply, ws::subsystem_request{start->command}});
        else ws::encode(out, ws::channel_request{channel, reply, ws::exec_request{start->command}});
    } else if (const auto* size = std::get_if<net::resize_event>(&event.body)) {
        ws::encode(out, ws::channel_request{
                            channel, false, ws::window_change{size->columns, size->rows, 0, 0}});
    } else if (const auto* wanted = std::get_if<net::signal_event>(&event.body)) {
        ws::encode(out, ws::channel_request{channel, false, ws::signal_request{wanted->name}});
    } else if (std::holds_alternative<net::end_of_file_event>(event.body)) {
        ws::encode(out, ws::channel_eof{channel});
    } else if (std::holds_alternative<net::close_event>(event.body)) {
        ws::encode(out, ws::channel_close{channel});
    }
}

void channel_leg::notice(std::string_view line)
{
    transport* to = wire();
    if (channel_.forward) notice_ = line; // for who reads the opener's refusal, or last_notice()
    if (channel_.forward || side_ != side::client || !to || to->is_closed() ||
        channel_.close_sent_to(side_))
        return;
    std::string text = "verbatim: " + std::string(line) + "\r\n";
    text.resize(std::min<std::size_t>(text.size(), reserve_left_));
    if (text.empty()) return;
    reserve_left_ -= static_cast<std::uint32_t>(text.size());
    byte_buffer payload;
    ws::encode(payload,
        ws::channel_extended_data{peer_number(), ws::extended_data_stderr, as_bytes(text)});
    if (to->send(payload)) to->flush();
}

asio::awaitable<result<void>> channel_leg::show(std::string_view text)
{
    // Half of the reserve stays for the lines that say why a session ends.
    if (text.size() > reserve_left_ / 2) co_return result<void>{};
    const net::leg_event event{net::data_event{net::data_stream::output, as_bytes(text)}};
    auto delivering = deliver(event);
    co_return co_await std::move(delivering);
}

void channel_leg::close(std::uint32_t exit_status)
{
    if (closed_) return;
    closed_ = true;
    channel_.rules.end();
    transport* to = wire();
    bool& close_sent = channel_.close_sent_to(side_);
    if (opens_forward()) {
        channel_.refuse(ws::open_failure_reason::connect_failed,
            notice_.empty() ? "the connection was not made" : notice_);
        close_sent = true;
    }
    if (to && !to->is_closed() && !close_sent) {
        close_sent = true;
        byte_buffer payload;
        if (side_ == side::client && !channel_.forward) {
            ws::encode(
                payload, ws::channel_request{peer_number(), false, ws::exit_status{exit_status}});
            std::ignore = to->send(payload); // a failing transport ends its own pump
            payload.clear();
        }
        ws::encode(payload, ws::channel_close{peer_number()});
        std::ignore = to->send(payload); // as above
        to->flush();
    }
    reader_.wake();
}

} // namespace verbatim::ssh
