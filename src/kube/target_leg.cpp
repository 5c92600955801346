#include "kube/legs.hpp"
#include "kube/output_queue.hpp"

#include <verbatim/net/deadline.hpp>
#include <verbatim/net/waiter.hpp>
#include <verbatim/wire/remote_command.hpp>

#include <optional>
#include <utility>

namespace verbatim::kube {

namespace asio = boost::asio;
namespace rc = wire::remote_command;

namespace {

// Output that is still to come when the status is here; then the server ends the connection, but
// one that forgets must not keep the session.
constexpr std::chrono::seconds after_status{10};
constexpr std::size_t room_for_others = output_queue::high_water / 2;

class target_leg final : public command_leg {
public:
    target_leg(asio::any_io_executor loop, begin_command begin, std::function<void()> abandon)
        : loop_(std::move(loop)), begin_(std::move(begin)), abandon_(std::move(abandon))
    {}

    asio::awaitable<result<net::leg_event>> next() override;
    asio::awaitable<result<void>> deliver(const net::leg_event& event) override;
    void stop_reading() override {} // the connection carries nothing else
    void notice(std::string_view) override {}
    std::size_t own_room() const override;
    void close(std::uint32_t) override;
    asio::awaitable<void> finished() override;

private:
    asio::awaitable<result<void>> start();
    asio::awaitable<result<void>> send_size(wire::terminal_size size);
    asio::awaitable<result<channel_event>> take();
    std::optional<net::leg_event> event_of(const channel_event& event);
    result<net::leg_event> ending();

    asio::any_io_executor loop_;
    begin_command begin_;
    std::function<void()> abandon_;
    std::unique_ptr<command_channels> channels_;
    std::optional<wire::terminal_size> first_size_;
    bool started_ = false, ready_ = false, closed_ = false;
    net::waiter changed_;

    std::optional<net::data_stream> end_to_tell_;
    std::string failure_; // of the start
    std::string status_;
    bool status_ended_ = false, status_too_long_ = false, told_ = false, over_ = false;
    rc::status parsed_;
};

// --- to the cluster ---

asio::awaitable<result<void>> target_leg::deliver(const net::leg_event& event)
{
    const auto& body = event.body;
    if (const auto* pty = std::get_if<net::pty_event>(&body)) {
        first_size_ = wire::terminal_size{pty->columns, pty->rows};
        co_return result<void>{};
    }
    if (std::holds_alternative<net::start_event>(body)) {
        if (started_ || closed_) co_return errc::not_allowed_now;
        auto starting = start();
        co_return co_await std::move(starting);
    }
    if (std::holds_alternative<net::close_event>(body)) {
        close(0);
        co_return result<void>{};
    }
    if (const auto* resize = std::get_if<net::resize_event>(&body); resize && !ready_ && !closed_) {
        first_size_ = wire::terminal_size{resize->columns, resize->rows};
        co_return result<void>{};
    }
    if (!ready_ || closed_) co_return errc::closed;
    if (const auto* data = std::get_if<net::data_event>(&body)) {
        if (data->stream != net::data_stream::input) co_return result<void>{};
        auto sending = channels_->send(channel::input, data->bytes);
        co_return co_await std::move(sending);
    }
    if (const auto* resize = std::get_if<net::resize_event>(&body)) {
        auto sending = send_size({resize->columns, resize->rows});
        co_return co_await std::move(sending);
    }
    if (std::holds_alternative<net::end_of_file_event>(body)) {
        auto ending = channels_->end(channel::input);
        co_return co_await std::move(ending);
    }
    co_return result<void>{};
}

// Half of what may be queued is the owner's alone.
std::size_t target_leg::own_room() const
{
    if (!ready_ || closed_) return 0;
    const auto queued = channels_->queued();
    return queued < room_for_others ? room_for_others - queued : 0;
}

asio::awaitable<result<void>> target_leg::start()
{
    started_ = true;
    auto beginning = begin_(failure_);
    auto begun = co_await std::move(beginning);
    result<void> opened = begun ? result<void>{} : result<void>{begun.error()};
    if (begun) {
        channels_ = std::move(*begun);
        if (closed_) channels_->close();
        auto opening = channels_->open();
        opened = co_await std::move(opening);
        if (!opened)
            failure_ =
                "the cluster did not open the command's streams: " + opened.error().message();
    }
    ready_ = opened && !closed_;
    if (!opened && failure_.empty()) failure_ = opened.error().message();
    if (ready_ && first_size_) {
        auto sending = send_size(*first_size_);
        std::ignore = co_await std::move(sending); // a connection that is gone shows at next()
    }
    changed_.wake();
    co_return opened;
}

asio::awaitable<result<void>> target_leg::send_size(wire::terminal_size size)
{
    const auto text = rc::size_text(size);
    auto sending = channels_->send(channel::resize, as_bytes(text));
    co_return co_await std::move(sending);
}

// --- from the cluster ---

asio::awaitable<result<net::leg_event>> target_leg::next()
{
    while (!ready_ && !closed_ && failure_.empty()) {
        auto waiting = changed_.wait();
        co_await std::move(waiting);
    }
    if (closed_) co_return errc::cancelled;
    if (over_) co_return errc::closed;
    if (told_) {
        over_ = true;
        co_return net::leg_event{net::close_event{}};
    }
    if (!ready_) {
        told_ = true;
        co_return net::leg_event{net::failure_event{failure_}};
    }
    if (end_to_tell_)
        co_return net::leg_event{
            net::end_of_file_event{*std::exchange(end_to_tell_, std::nullopt)}};
    for (;;) {
        auto taking = take();
        const auto event = co_await std::move(taking);
        if (closed_) co_return errc::cancelled;
        if (!event) co_return ending();
        if (event->which == channel::close) co_return ending();
        if (const auto out = event_of(*event)) co_return *out;
    }
}

asio::awaitable<result<channel_event>> target_leg::take()
{
    std::optional<net::deadline> overdue;
    if (!status_.empty() || status_ended_)
        overdue.emplace(loop_, after_status, [this] { channels_->close(); });
    auto reading = channels_->next();
    co_return co_await std::move(reading);
}

std::optional<net::leg_event> target_leg::event_of(const channel_event& event)
{
    if (event.which == channel::status) {
        status_ended_ |= event.end;
        if (status_.size() + event.bytes.size() > rc::max_status_bytes) status_too_long_ = true;
        else status_ += as_text(event.bytes);
        return std::nullopt;
    }
    if (event.which != channel::output && event.which != channel::error) return std::nullopt;
    const auto stream =
        event.which == channel::error ? net::data_stream::error : net::data_stream::output;
    if (event.bytes.empty()) {
        if (!event.end) return std::nullopt;
        return net::leg_event{net::end_of_file_event{stream}};
    }
    if (event.end) end_to_tell_ = stream;
    return net::leg_event{net::data_event{stream, event.bytes}};
}

// Without a status nothing is known of the command: that is never success.
result<net::leg_event> target_leg::ending()
{
    const auto protocol = channels_->protocol();
    const bool said = !status_.empty() || (status_ended_ && !rc::has_status(protocol));
    if (!said && !status_too_long_) {
        over_ = true;
        return errc::closed;
    }
    told_ = true;
    if (status_too_long_) {
        status_.clear();
        return net::leg_event{net::failure_event{"the cluster's status is too long"}};
    }
    parsed_ = rc::parse_status(protocol, status_);
    const std::string_view words = rc::has_status(protocol) ? status_ : std::string_view();
    if (parsed_.exit_code) return net::leg_event{net::exit_status_event{*parsed_.exit_code, words}};
    return net::leg_event{net::failure_event{parsed_.message, words}};
}

void target_leg::close(std::uint32_t)
{
    if (std::exchange(closed_, true)) return;
    if (channels_) channels_->close();
    else abandon_();
    changed_.wake();
}

asio::awaitable<void> target_leg::finished()
{
    closed_ = true;
    changed_.wake();
    if (!channels_) co_return;
    auto finishing = channels_->finish();
    co_await std::move(finishing);
}

} // namespace

std::unique_ptr<command_leg> make_target_leg(
    asio::any_io_executor loop, begin_command begin, std::function<void()> abandon)
{
    return std::make_unique<target_leg>(std::move(loop), std::move(begin), std::move(abandon));
}

} // namespace verbatim::kube
