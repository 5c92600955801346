#include "kube/legs.hpp"

#include <verbatim/net/deadline.hpp>
#include <verbatim/net/task_group.hpp>
#include <verbatim/net/waiter.hpp>
#include <verbatim/wire/remote_command.hpp>

#include <deque>
#include <optional>
#include <utility>

namespace verbatim::kube {

namespace asio = boost::asio;
namespace rc = wire::remote_command;

namespace {

// A client with a terminal tells its size at once; one that does not must not wait for long.
constexpr std::chrono::seconds first_size_deadline{1};
constexpr wire::terminal_size default_size{80, 24};
constexpr std::string_view default_failure = "verbatim: the session has ended";

class client_leg final : public command_leg {
public:
    client_leg(asio::any_io_executor loop, std::unique_ptr<command_channels> channels,
        command_facts facts, logger& log)
        : channels_(std::move(channels)), facts_(std::move(facts)), loop_(loop), tasks_(loop, log)
    {}

    asio::awaitable<result<net::leg_event>> next() override;
    asio::awaitable<result<void>> deliver(const net::leg_event& event) override;
    void stop_reading() override {} // the connection carries nothing else
    void notice(std::string_view line) override { notice_ = line; }
    void close(std::uint32_t exit_status) override;
    asio::awaitable<void> finished() override;

private:
    enum class stage { opening, sizing, starting, running, over };

    asio::awaitable<result<net::leg_event>> open_first();
    asio::awaitable<net::leg_event> first_size();
    asio::awaitable<void> read_ahead();
    asio::awaitable<result<channel_event>> take();
    std::optional<net::leg_event> event_of(const channel_event& event);
    void read_sizes(byte_view bytes);
    std::optional<net::leg_event> next_size();
    asio::awaitable<result<void>> tell_status(std::string text);
    std::string status_text(std::uint32_t code, std::string_view given) const;
    std::string failure_text(std::string_view message, std::string_view given) const;
    asio::awaitable<void> part();

    std::unique_ptr<command_channels> channels_;
    command_facts facts_;
    asio::any_io_executor loop_;
    stage stage_ = stage::opening;
    rc::size_reader sizes_reader_;
    std::deque<wire::terminal_size> sizes_;
    bool sizes_broken_ = false;

    // The event that was waited for with a deadline.
    std::optional<result<channel_event>> ahead_;
    bool reading_ahead_ = false;
    net::waiter arrived_;

    std::string notice_;
    bool status_sent_ = false, closed_ = false;
    net::task_group tasks_;
};

// --- reading ---

asio::awaitable<result<net::leg_event>> client_leg::next()
{
    if (stage_ == stage::opening) {
        auto opening = open_first();
        co_return co_await std::move(opening);
    }
    if (stage_ == stage::sizing) {
        stage_ = stage::starting;
        auto sizing = first_size();
        auto event = co_await std::move(sizing);
        if (closed_) co_return errc::cancelled;
        co_return event;
    }
    if (closed_) co_return errc::cancelled;
    if (stage_ == stage::starting) {
        stage_ = stage::running;
        co_return net::leg_event{net::start_event{facts_.kind, {}, facts_.arguments}};
    }
    for (;;) {
        if (stage_ == stage::over) co_return errc::closed;
        if (const auto size = next_size()) co_return *size;
        auto taking = take();
        const auto event = co_await std::move(taking);
        if (closed_) co_return errc::cancelled;
        if (!event) {
            stage_ = stage::over;
            co_return event.error();
        }
        if (const auto out = event_of(*event)) co_return *out;
    }
}

asio::awaitable<result<net::leg_event>> client_leg::open_first()
{
    stage_ = stage::over;
    if (closed_) co_return errc::cancelled;
    auto opening = channels_->open();
    const auto opened = co_await std::move(opening);
    if (closed_) co_return errc::cancelled;
    if (!opened) {
        notice_ = "verbatim: the streams were not opened as asked for";
        co_return opened.error();
    }
    stage_ = facts_.tty ? stage::sizing : stage::starting;
    auto going_on = next();
    co_return co_await std::move(going_on);
}

asio::awaitable<net::leg_event> client_leg::first_size()
{
    const net::deadline patience(loop_, first_size_deadline, [this] { arrived_.wake(); });
    while (sizes_.empty() && !patience.expired() && !closed_) {
        if (!reading_ahead_ && !ahead_) {
            reading_ahead_ = true;
            tasks_.spawn("kube: first size", read_ahead());
        }
        while (reading_ahead_ && !patience.expired() && !closed_) {
            auto waiting = arrived_.wait();
            co_await std::move(waiting);
        }
        if (!ahead_) continue;
        // What is no size is kept for later: who types does not wait for one.
        if (!*ahead_ || (*ahead_)->which != channel::resize || (*ahead_)->end) break;
        read_sizes((*ahead_)->bytes);
        ahead_.reset();
    }
    auto size = default_size;
    if (!sizes_.empty()) {
        size = sizes_.front();
        sizes_.pop_front();
    }
    co_return net::leg_event{net::pty_event{"", size.columns, size.rows}};
}

asio::awaitable<void> client_leg::read_ahead()
{
    auto reading = channels_->next();
    ahead_.emplace(co_await std::move(reading));
    reading_ahead_ = false;
    arrived_.wake();
}

asio::awaitable<result<channel_event>> client_leg::take()
{
    while (reading_ahead_) {
        auto waiting = arrived_.wait();
        co_await std::move(waiting);
    }
    if (ahead_) {
        const auto event = *std::exchange(ahead_, std::nullopt);
        co_return event;
    }
    auto reading = channels_->next();
    co_return co_await std::move(reading);
}

std::optional<net::leg_event> client_leg::event_of(const channel_event& event)
{
    if (event.which == channel::close) {
        stage_ = stage::over;
        return net::leg_event{net::close_event{}};
    }
    if (event.which == channel::resize) {
        read_sizes(event.bytes);
        return next_size();
    }
    if (event.which != channel::input) return std::nullopt;
    if (event.end && !event.bytes.empty()) ahead_.emplace(channel_event{channel::input, {}, true});
    if (!event.bytes.empty())
        return net::leg_event{net::data_event{net::data_stream::input, event.bytes}};
    if (!event.end) return std::nullopt;
    return net::leg_event{net::end_of_file_event{net::data_stream::input}};
}

// A client whose sizes cannot be read goes on without.
void client_leg::read_sizes(byte_view bytes)
{
    if (sizes_broken_) return;
    const auto found = sizes_reader_.feed(bytes);
    if (!found) {
        sizes_broken_ = true;
        return;
    }
    sizes_.insert(sizes_.end(), found->begin(), found->end());
}

std::optional<net::leg_event> client_leg::next_size()
{
    if (sizes_.empty()) return std::nullopt;
    const auto size = sizes_.front();
    sizes_.pop_front();
    return net::leg_event{net::resize_event{size.columns, size.rows}};
}

// --- writing ---

asio::awaitable<result<void>> client_leg::deliver(const net::leg_event& event)
{
    const auto& body = event.body;
    if (const auto* data = std::get_if<net::data_event>(&body)) {
        if (data->stream == net::data_stream::input) co_return result<void>{};
        const bool error = data->stream == net::data_stream::error;
        auto sending = channels_->send(error ? channel::error : channel::output, data->bytes);
        co_return co_await std::move(sending);
    }
    if (const auto* end = std::get_if<net::end_of_file_event>(&body)) {
        if (end->stream == net::data_stream::input) co_return result<void>{};
        const bool error = end->stream == net::data_stream::error;
        auto ending = channels_->end(error ? channel::error : channel::output);
        co_return co_await std::move(ending);
    }
    std::string text;
    if (const auto* status = std::get_if<net::exit_status_event>(&body))
        text = status_text(status->code, status->status);
    else if (const auto* failure = std::get_if<net::failure_event>(&body))
        text = failure_text(failure->message, failure->status);
    else if (const auto* signal = std::get_if<net::exit_signal_event>(&body))
        text = failure_text("command terminated by signal " + std::string(signal->name), {});
    else if (std::holds_alternative<net::close_event>(body)) {
        auto parting = part();
        co_await std::move(parting);
        co_return result<void>{};
    } else co_return result<void>{};
    auto telling = tell_status(std::move(text));
    co_return co_await std::move(telling);
}

std::string client_leg::status_text(std::uint32_t code, std::string_view given) const
{
    const bool status = rc::has_status(channels_->protocol());
    if (status) return !given.empty() ? std::string(given) : rc::exit_status(code);
    // Before v4 nothing means success, and any text failure.
    return code == 0 ? std::string() : "command terminated with exit code " + std::to_string(code);
}

std::string client_leg::failure_text(std::string_view message, std::string_view given) const
{
    const bool status = rc::has_status(channels_->protocol());
    if (status && !given.empty()) return std::string(given);
    if (message.empty()) message = default_failure;
    return status ? rc::failure_status(message) : std::string(message);
}

asio::awaitable<result<void>> client_leg::tell_status(std::string text)
{
    if (std::exchange(status_sent_, true) || text.empty()) co_return result<void>{};
    auto sending = channels_->send(channel::status, as_bytes(text));
    co_return co_await std::move(sending);
}

// There is no end without a status: kubectl would take it for success.
asio::awaitable<void> client_leg::part()
{
    auto telling = tell_status(failure_text(notice_, {}));
    std::ignore = co_await std::move(telling); // a connection that is gone ends all the same
    auto finishing = channels_->finish();
    co_await std::move(finishing);
}

void client_leg::close(std::uint32_t)
{
    if (std::exchange(closed_, true)) return;
    tasks_.spawn("kube: end of a client", part());
    arrived_.wake();
}

asio::awaitable<void> client_leg::finished()
{
    close(255);
    auto joining = tasks_.join();
    co_await std::move(joining);
}

} // namespace

std::unique_ptr<command_leg> make_client_leg(asio::any_io_executor loop,
    std::unique_ptr<command_channels> channels, command_facts facts, logger& log)
{
    return std::make_unique<client_leg>(
        std::move(loop), std::move(channels), std::move(facts), log);
}

} // namespace verbatim::kube
