#include "kube/forward_leg.hpp"

#include <verbatim/net/deadline.hpp>

#include <algorithm>
#include <utility>

namespace verbatim::kube {

namespace asio = boost::asio;
namespace spdy = wire::spdy;

forward_leg::forward_leg(spdy_link& link, streams ids, std::uint16_t port)
    : link_(link), ours_(role::server), ids_(ids), start_("port " + std::to_string(port))
{}

forward_leg::forward_leg(spdy_link& link, std::function<streams(forward_leg&)> open,
    std::chrono::milliseconds creation_deadline)
    : link_(link), ours_(role::client), open_(std::move(open)),
      creation_deadline_(creation_deadline)
{}

// --- reading ---

asio::awaitable<result<net::leg_event>> forward_leg::next()
{
    give_back(std::move(current_));
    if (is_client() && !closed_ && !std::exchange(started_, true))
        co_return net::leg_event{net::start_event{net::start_kind::forward, start_}};
    for (;;) {
        if (closed_) co_return errc::cancelled;
        if (!inbox_.empty()) {
            current_ = std::exchange(inbox_, {});
            pump_.wake();
            co_return net::leg_event{net::data_event{
                is_client() ? net::data_stream::input : net::data_stream::output, current_}};
        }
        if (const auto event = ending()) co_return *event;
        if (lost_ || close_told_) co_return errc::closed;
        auto waiting = reader_.wait();
        co_await std::move(waiting);
    }
}

// What the end of the streams means, once all that arrived is taken.
std::optional<net::leg_event> forward_leg::ending()
{
    if (close_told_) return std::nullopt;
    if (start_failed_ && failure_told_) return closing();
    if (!is_client() &&
        (start_failed_ || (!error_text_.empty() && (error_ended_ || data_reset_)))) {
        if (failure_told_) return closing();
        failure_told_ = true;
        return net::leg_event{net::failure_event{error_text_}};
    }
    if (data_ended_ && !std::exchange(end_told_, true))
        return net::leg_event{net::end_of_file_event{
            is_client() ? net::data_stream::input : net::data_stream::output}};
    const bool over = is_client() ? data_reset_ : (data_ended_ || data_reset_) && error_ended_;
    if (over) return closing();
    return std::nullopt;
}

net::leg_event forward_leg::closing()
{
    close_told_ = true;
    return net::leg_event{net::close_event{}};
}

asio::awaitable<void> forward_leg::arrived(const spdy::data& data)
{
    if (data.id == ids_.error) {
        // A client has nothing to say there, and FINs it at once.
        const auto room = error_limit - error_text_.size();
        if (!is_client())
            error_text_ += as_text(data.bytes.first(std::min(room, data.bytes.size())));
        error_ended_ |= data.fin;
        reader_.wake();
        co_return;
    }
    if (data_ended_ || data_reset_) co_return;
    if (!dropping_ && !closed_ && !data.bytes.empty()) {
        if (inbox_.capacity() == 0) inbox_ = take_buffer();
        append(inbox_, data.bytes);
    }
    data_ended_ |= data.fin;
    reader_.wake();
    while (inbox_.size() > inbox_limit && !dropping_ && !closed_) {
        auto waiting = pump_.wait();
        co_await std::move(waiting);
    }
}

void forward_leg::arrived(const spdy::reset& reset)
{
    if (reset.id == ids_.error) error_ended_ = true;
    else data_reset_ = true;
    if (!started_) start_failed_ = true;
    opening_.wake();
    reader_.wake();
}

void forward_leg::arrived(const spdy::syn_reply&)
{
    ++replies_;
    opening_.wake();
}

void forward_leg::lost()
{
    lost_ = out_over_ = true;
    link_.out().wake();
    opening_.wake();
    reader_.wake();
}

void forward_leg::stop_reading()
{
    dropping_ = true;
    give_back(std::move(inbox_));
    pump_.wake();
}

// --- writing ---

asio::awaitable<result<void>> forward_leg::deliver(const net::leg_event& event)
{
    const auto& body = event.body;
    if (!is_client() && std::holds_alternative<net::start_event>(body)) {
        start_ = std::get<net::start_event>(body).command;
        auto starting = start();
        co_return co_await std::move(starting);
    }
    if (out_over_ || closed_ || ids_.data == 0) co_return errc::closed;
    if (const auto* data = std::get_if<net::data_event>(&body)) {
        if (data_end_sent_) co_return result<void>{};
        // Before, not after: the pairs share one queue and wake together, each with a full hand.
        auto waiting = link_.out().room(&out_over_);
        if (const auto room = co_await std::move(waiting); !room) co_return room.error();
        if (out_over_ || closed_) co_return errc::closed;
        link_.data(ids_.data, data->bytes);
        co_return result<void>{};
    }
    if (std::holds_alternative<net::end_of_file_event>(body)) end_data();
    else if (const auto* failure = std::get_if<net::failure_event>(&body)) {
        if (is_client()) fail(failure->message);
    } else if (std::holds_alternative<net::close_event>(body)) {
        if (is_client()) {
            end_data();
            link_.data(ids_.error, {}, true);
            out_over_ = true;
        } else {
            reset_both();
            start_failed_ = failure_told_ = true; // it closes at once: nobody waits for it
            reader_.wake();
        }
    }
    co_return result<void>{};
}

asio::awaitable<result<void>> forward_leg::start()
{
    if (std::exchange(started_, true) || closed_ || lost_) co_return errc::closed;
    started_ = false; // a reset before both replies is a refusal
    ids_ = open_(*this);
    const net::deadline overdue(
        link_.link().executor(), creation_deadline_, [this] { opening_.wake(); });
    while (replies_ < 2 && !start_failed_ && !lost_ && !closed_ && !overdue.expired()) {
        auto waiting = opening_.wait();
        co_await std::move(waiting);
    }
    started_ = true;
    if (replies_ >= 2) co_return result<void>{};
    if (closed_ || lost_) co_return errc::closed;
    start_failed_ = true;
    if (error_text_.empty())
        error_text_ = overdue.expired() ? "the cluster did not open the streams in time"
                                        : "the cluster refused the streams";
    reset_both();
    reader_.wake();
    co_return errc::closed;
}

void forward_leg::end_data()
{
    if (!std::exchange(data_end_sent_, true)) link_.data(ids_.data, {}, true);
}

void forward_leg::reset_both()
{
    if (std::exchange(out_over_, true) || ids_.data == 0) return;
    link_.reset(ids_.data, spdy::reset_status::cancel);
    link_.reset(ids_.error, spdy::reset_status::cancel);
    link_.out().wake();
}

// As Kubernetes' server does it: the text, then both streams reset.
void forward_leg::fail(std::string_view message)
{
    if (out_over_) return;
    if (message.empty()) message = "verbatim: the session has ended";
    link_.data(ids_.error, as_bytes(message));
    reset_both();
}

void forward_leg::close(std::uint32_t)
{
    if (std::exchange(closed_, true)) return;
    if (is_client()) fail(notice_);
    else if (!(data_ended_ && error_ended_ && data_end_sent_)) reset_both();
    out_over_ = true;
    give_back(std::move(inbox_));
    link_.out().wake();
    opening_.wake();
    pump_.wake();
    reader_.wake();
}

} // namespace verbatim::kube
