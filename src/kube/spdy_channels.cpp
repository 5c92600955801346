#include "kube/spdy_link.hpp"
#include "kube/stream_factory.hpp"

#include <verbatim/net/deadline.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <string_view>
#include <utility>

namespace verbatim::kube {

namespace asio = boost::asio;
namespace spdy = wire::spdy;

namespace {

// What may come on some streams before all of them are there.
constexpr std::size_t early_limit_bytes = 256 * 1024;
// A server that has said GOAWAY has closed already, or is about to.
constexpr std::chrono::seconds after_goaway{5};
// For a hang-up towards a cluster that does not read.
constexpr std::chrono::seconds hang_up_deadline{5};

// In the order in which kubectl opens them.
constexpr std::pair<channel, std::string_view> stream_types[] = {{channel::status, "error"},
    {channel::input, "stdin"}, {channel::output, "stdout"}, {channel::error, "stderr"},
    {channel::resize, "resize"}};

struct one_stream {
    spdy::stream_id id = 0; ///< 0: not there
    bool confirmed = false, read_over = false, write_over = false;
};

class spdy_channels final : public command_channels {
public:
    spdy_channels(upgraded on, role ours, const channel_settings& settings, logger& log)
        : link_(on, ours, settings.ping_interval, log), loop_(on.stream.executor()), ours_(ours),
          settings_(settings)
    {}

    wire::remote_command::version protocol() const override { return settings_.protocol; }
    asio::awaitable<result<void>> open() override;
    asio::awaitable<result<channel_event>> next() override;
    asio::awaitable<result<void>> send(channel which, byte_view bytes) override;
    asio::awaitable<result<void>> end(channel which) override;
    asio::awaitable<void> finish() override;
    std::size_t queued() const override { return link_.out().queued(); }
    void close() override { link_.link().close(); }

private:
    struct early_event {
        channel which;
        byte_buffer bytes;
        bool end;
    };

    one_stream& at(channel which) { return streams_.at(static_cast<std::size_t>(which)); }
    bool wants(channel which) const;
    bool reads(channel which) const
    {
        const bool of_client = which == channel::input || which == channel::resize;
        return of_client == (ours_ == role::server);
    }
    std::optional<channel> find(spdy::stream_id id) const;
    asio::awaitable<result<void>> accept_all();
    asio::awaitable<result<void>> open_all();
    asio::awaitable<result<spdy::frame>> next_frame();
    result<void> accept(const spdy::syn_stream& stream);
    void refuse(const spdy::syn_stream& stream);
    result<void> keep_early(const spdy::frame& frame);
    std::optional<channel_event> event_of(const spdy::frame& frame);
    void note_end(channel which);
    bool nothing_to_come() const;
    void end_output();
    void say_goodbye();

    spdy_link link_;
    asio::any_io_executor loop_;
    role ours_;
    channel_settings settings_;
    std::array<one_stream, 5> streams_{};
    std::deque<early_event> early_;
    std::size_t early_bytes_ = 0;
    byte_buffer current_; // what next() gave last, of the early ones
    std::optional<net::deadline> after_goaway_;
    spdy::stream_id last_id_ = 0;
    bool open_ = false, said_goodbye_ = false;
};

bool spdy_channels::wants(channel which) const
{
    switch (which) {
    case channel::status: return true;
    case channel::input: return settings_.set.input;
    case channel::output: return settings_.set.output;
    case channel::error: return settings_.set.error;
    case channel::resize:
        return settings_.set.resize && wire::remote_command::has_resize(settings_.protocol);
    case channel::close: break;
    }
    return false;
}

std::optional<channel> spdy_channels::find(spdy::stream_id id) const
{
    if (id == 0) return std::nullopt;
    for (std::size_t i = 0; i < streams_.size(); ++i)
        if (streams_.at(i).id == id) return static_cast<channel>(i);
    return std::nullopt;
}

// --- opening ---

asio::awaitable<result<void>> spdy_channels::open()
{
    if (open_) co_return result<void>{};
    const net::deadline overdue(
        loop_, settings_.creation_deadline, [this] { link_.link().close(); });
    auto opening = ours_ == role::server ? accept_all() : open_all();
    const auto opened = co_await std::move(opening);
    if (!opened && overdue.expired()) co_return errc::timed_out;
    open_ = opened.has_value();
    co_return opened;
}

asio::awaitable<result<spdy::frame>> spdy_channels::next_frame()
{
    auto reading = link_.next();
    auto frame = co_await std::move(reading);
    if (frame && std::holds_alternative<spdy::goaway>(*frame)) co_return errc::closed;
    co_return frame;
}

asio::awaitable<result<void>> spdy_channels::accept_all()
{
    const auto missing = [this](const auto& type) {
        return wants(type.first) && at(type.first).id == 0;
    };
    while (std::ranges::any_of(stream_types, missing)) {
        auto reading = next_frame();
        const auto frame = co_await std::move(reading);
        if (!frame) co_return frame.error();
        const auto* stream = std::get_if<spdy::syn_stream>(&*frame);
        if (const auto taken = stream ? accept(*stream) : keep_early(*frame); !taken)
            co_return taken.error();
    }
    co_return result<void>{};
}

result<void> spdy_channels::accept(const spdy::syn_stream& stream)
{
    const auto type = std::ranges::find(stream.headers, "streamtype", &spdy::header::name);
    const auto known = type == stream.headers.end()
                           ? std::ranges::end(stream_types)
                           : std::ranges::find(stream_types, std::string_view(type->value),
                                 [](const auto& each) { return each.second; });
    if (known == std::ranges::end(stream_types) || !wants(known->first) ||
        at(known->first).id != 0 || stream.id % 2 == 0 || stream.id <= last_id_) {
        refuse(stream);
        return errc::malformed;
    }
    at(known->first).id = last_id_ = stream.id;
    link_.reply(stream.id);
    if (stream.fin) return keep_early(spdy::data{stream.id, {}, true});
    return {};
}

void spdy_channels::refuse(const spdy::syn_stream& stream)
{
    link_.reset(stream.id, spdy::reset_status::refused_stream);
}

asio::awaitable<result<void>> spdy_channels::open_all()
{
    for (const auto& [which, name] : stream_types) {
        if (!wants(which)) continue;
        at(which).id = last_id_ == 0 ? 1 : last_id_ + 2;
        last_id_ = at(which).id;
        link_.open(last_id_, {{"streamtype", std::string(name)}});
    }
    const auto unconfirmed = [](const one_stream& s) { return s.id != 0 && !s.confirmed; };
    while (std::ranges::any_of(streams_, unconfirmed)) {
        auto reading = next_frame();
        const auto frame = co_await std::move(reading);
        if (!frame) co_return frame.error();
        if (const auto* reply = std::get_if<spdy::syn_reply>(&*frame)) {
            if (const auto which = find(reply->id)) at(*which).confirmed = true;
            continue;
        }
        if (const auto* gone = std::get_if<spdy::reset>(&*frame)) {
            const auto which = find(gone->id);
            if (which && !at(*which).confirmed) co_return errc::closed; // it does not want it
        }
        if (const auto* stream = std::get_if<spdy::syn_stream>(&*frame)) {
            refuse(*stream);
            co_return errc::malformed;
        }
        if (const auto kept = keep_early(*frame); !kept) co_return kept.error();
    }
    co_return result<void>{};
}

result<void> spdy_channels::keep_early(const spdy::frame& frame)
{
    const auto event = event_of(frame);
    if (!event) return {};
    early_bytes_ += event->bytes.size() + sizeof(early_event);
    if (early_bytes_ > early_limit_bytes) return errc::malformed;
    early_.push_back({event->which, {event->bytes.begin(), event->bytes.end()}, event->end});
    return {};
}

// --- reading ---

asio::awaitable<result<channel_event>> spdy_channels::next()
{
    if (!early_.empty()) {
        current_ = std::move(early_.front().bytes);
        const channel_event event{early_.front().which, current_, early_.front().end};
        early_.pop_front();
        co_return event;
    }
    for (;;) {
        if (nothing_to_come()) co_return channel_event{channel::close, {}, true};
        auto reading = link_.next();
        const auto frame = co_await std::move(reading);
        if (!frame) {
            if (frame.error() == errc::closed && ours_ == role::server && link_.saw_goaway())
                co_return channel_event{channel::close, {}, true};
            // Cancelled by ourselves, if it was this deadline.
            if (after_goaway_ && after_goaway_->expired()) co_return errc::closed;
            co_return frame.error();
        }
        if (const auto* stream = std::get_if<spdy::syn_stream>(&*frame)) {
            refuse(*stream);
            co_return errc::malformed;
        }
        if (std::holds_alternative<spdy::goaway>(*frame) && ours_ == role::client && !after_goaway_)
            after_goaway_.emplace(loop_, after_goaway, [this] { link_.link().close(); });
        if (const auto event = event_of(*frame)) co_return *event;
    }
}

std::optional<channel_event> spdy_channels::event_of(const spdy::frame& frame)
{
    if (const auto* data = std::get_if<spdy::data>(&frame)) {
        const auto which = find(data->id);
        if (!which || !reads(*which) || at(*which).read_over) return std::nullopt;
        if (data->fin) note_end(*which);
        if (data->bytes.empty() && !data->fin) return std::nullopt;
        return channel_event{*which, data->bytes, data->fin};
    }
    if (const auto* gone = std::get_if<spdy::reset>(&frame)) {
        const auto which = find(gone->id);
        if (!which) return std::nullopt;
        if (!reads(*which)) {
            at(*which).write_over = true; // the peer wants no more of it
            link_.out().wake();
        } else if (!at(*which).read_over) {
            note_end(*which);
            return channel_event{*which, {}, true};
        }
    }
    return std::nullopt;
}

// What came before it stays: streams of Kubernetes end by RST, too.
void spdy_channels::note_end(channel which)
{
    at(which).read_over = true;
    if (which != channel::status || ours_ == role::server) return;
    at(channel::input).write_over = true; // the command is over: input for nobody
    link_.out().wake();
}

bool spdy_channels::nothing_to_come() const
{
    if (ours_ == role::server || !open_) return false;
    for (const auto which : {channel::output, channel::error, channel::status}) {
        const auto& stream = streams_.at(static_cast<std::size_t>(which));
        if (stream.id != 0 && !stream.read_over) return false;
    }
    return true;
}

// --- writing ---

asio::awaitable<result<void>> spdy_channels::send(channel which, byte_view bytes)
{
    if (which == channel::close || reads(which)) co_return result<void>{};
    auto& stream = at(which);
    if (stream.id == 0 || stream.write_over || said_goodbye_) co_return result<void>{};
    if (which == channel::status) end_output();
    link_.data(stream.id, bytes);
    auto waiting = link_.out().room(&stream.write_over);
    co_return co_await std::move(waiting);
}

asio::awaitable<result<void>> spdy_channels::end(channel which)
{
    if (which == channel::close || reads(which)) co_return result<void>{};
    auto& stream = at(which);
    if (stream.id != 0 && !said_goodbye_ && !std::exchange(stream.write_over, true))
        link_.data(stream.id, {}, true);
    co_return result<void>{};
}

void spdy_channels::end_output()
{
    for (const auto which : {channel::output, channel::error})
        if (at(which).id != 0 && !std::exchange(at(which).write_over, true))
            link_.data(at(which).id, {}, true);
}

void spdy_channels::say_goodbye()
{
    if (std::exchange(said_goodbye_, true)) return;
    // To a server that has not heard from its client there is nothing to take back.
    if (last_id_ == 0) return;
    if (ours_ == role::server) end_output();
    for (const auto& type : stream_types) {
        auto& stream = at(type.first);
        const bool over = ours_ == role::server ? stream.write_over : stream.read_over;
        if (stream.id == 0 || over) continue;
        stream.write_over = stream.read_over = true;
        link_.reset(stream.id, spdy::reset_status::cancel);
    }
    // kubectl stops reading here: it must be the last.
    link_.goaway(ours_ == role::server ? last_id_ : 0);
}

asio::awaitable<void> spdy_channels::finish()
{
    say_goodbye();
    after_goaway_.reset();
    auto parting =
        link_.link().finish(ours_ == role::server ? std::chrono::milliseconds(stream_link::patience)
                                                  : std::chrono::milliseconds(hang_up_deadline));
    co_await std::move(parting);
}

} // namespace

std::unique_ptr<command_channels> make_spdy_channels(
    upgraded on, wire::websocket::role ours, const channel_settings& settings, logger& log)
{
    return std::make_unique<spdy_channels>(on, ours, settings, log);
}

} // namespace verbatim::kube
