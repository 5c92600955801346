#include "kube/base64_reader.hpp"
#include "kube/stream_factory.hpp"
#include "kube/websocket_link.hpp"

#include <verbatim/base/text.hpp>

#include <array>
#include <optional>
#include <utility>

namespace verbatim::kube {

namespace asio = boost::asio;
namespace ws = wire::websocket;

namespace {

constexpr std::size_t channel_count = 5;
// For a hang-up towards a cluster that does not read.
constexpr std::chrono::seconds hang_up_deadline{5};

class websocket_channels final : public command_channels {
public:
    websocket_channels(upgraded on, role ours, const channel_settings& settings, logger& log)
        : link_(on, ours, settings.ping_interval, log), ours_(ours), settings_(settings)
    {}

    wire::remote_command::version protocol() const override { return settings_.protocol; }
    // The channels are there with the connection.
    asio::awaitable<result<void>> open() override { co_return result<void>{}; }
    asio::awaitable<result<channel_event>> next() override;
    asio::awaitable<result<void>> send(channel which, byte_view bytes) override;
    asio::awaitable<result<void>> end(channel which) override;
    asio::awaitable<void> finish() override;
    std::size_t queued() const override { return link_.out().queued(); }
    void close() override { link_.link().close(); }

private:
    bool wants(std::uint8_t which) const;
    bool reads(std::uint8_t which) const
    {
        const bool of_client = which == static_cast<std::uint8_t>(channel::input) ||
                               which == static_cast<std::uint8_t>(channel::resize);
        return of_client == (ours_ == role::server);
    }
    std::uint8_t digit() const { return settings_.base64 ? std::uint8_t{'0'} : std::uint8_t{0}; }
    result<std::optional<channel_event>> event_of(const ws::message_piece& piece);
    result<std::optional<channel_event>> close_signal(byte_view bytes, bool last);
    bool& write_over(channel which) { return write_over_.at(static_cast<std::size_t>(which)); }

    websocket_link link_;
    role ours_;
    channel_settings settings_;
    // Of the message that is being read.
    std::optional<std::uint8_t> channel_;
    base64_reader base64_;
    byte_buffer signal_;

    std::array<bool, channel_count> read_over_{}, write_over_{};
    bool said_goodbye_ = false;
};

bool websocket_channels::wants(std::uint8_t which) const
{
    if (which >= channel_count) return false;
    switch (static_cast<channel>(which)) {
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

// --- reading ---

asio::awaitable<result<channel_event>> websocket_channels::next()
{
    for (;;) {
        auto reading = link_.next();
        const auto piece = co_await std::move(reading);
        if (!piece) {
            if (link_.peer_closed() && piece.error() == errc::closed)
                co_return channel_event{channel::close, {}, true};
            if (piece.error() == errc::out_of_range) co_return errc::malformed;
            co_return piece.error();
        }
        const auto event = event_of(*piece);
        if (!event) co_return event.error();
        if (*event) co_return **event;
    }
}

// Text and binary mean the same, as at the API server.
result<std::optional<channel_event>> websocket_channels::event_of(const ws::message_piece& piece)
{
    if (piece.first) {
        channel_.reset();
        signal_.clear();
        base64_ = {};
    }
    auto bytes = piece.bytes;
    if (!channel_) {
        if (bytes.empty()) return std::nullopt;
        channel_ = static_cast<std::uint8_t>(static_cast<std::uint8_t>(bytes.front()) - digit());
        bytes = bytes.subspan(1);
    }
    if (*channel_ == static_cast<std::uint8_t>(channel::close) && ours_ == role::server &&
        settings_.protocol >= wire::remote_command::version::v5)
        return close_signal(bytes, piece.last);
    if (!wants(*channel_) || !reads(*channel_) || read_over_.at(*channel_)) return std::nullopt;
    if (settings_.base64) {
        const auto decoded = base64_.feed(bytes, piece.last);
        if (!decoded) return decoded.error();
        bytes = *decoded;
    }
    if (bytes.empty()) return std::nullopt;
    const auto which = static_cast<channel>(*channel_);
    if (which == channel::status && ours_ == role::client) {
        write_over(channel::input) = true; // the command is over: input for nobody
        link_.out().wake();
    }
    return channel_event{which, bytes, false};
}

// The byte 255 and the channel: two bytes, however they are cut.
result<std::optional<channel_event>> websocket_channels::close_signal(byte_view bytes, bool last)
{
    if (signal_.size() + bytes.size() > 1) return errc::malformed;
    append(signal_, bytes);
    if (!last) return std::nullopt;
    if (signal_.size() != 1) return errc::malformed;
    const auto which = static_cast<std::uint8_t>(signal_.front());
    if (which >= channel_count) return errc::malformed;
    if (!wants(which) || !reads(which) || read_over_.at(which)) return std::nullopt;
    read_over_.at(which) = true;
    return channel_event{static_cast<channel>(which), {}, true};
}

// --- writing ---

asio::awaitable<result<void>> websocket_channels::send(channel which, byte_view bytes)
{
    const auto number = static_cast<std::uint8_t>(which);
    if (!wants(number) || reads(number) || write_over(which) || said_goodbye_ || bytes.empty())
        co_return result<void>{};
    if (which == channel::status && ours_ == role::server)
        write_over(channel::output) = write_over(channel::error) = true;
    const std::byte first{static_cast<std::uint8_t>(number + digit())};
    if (settings_.base64) link_.message(ws::opcode::text, {&first, 1}, as_bytes(to_base64(bytes)));
    else link_.message(ws::opcode::binary, {&first, 1}, bytes);
    auto waiting = link_.out().room(&write_over(which));
    co_return co_await std::move(waiting);
}

asio::awaitable<result<void>> websocket_channels::end(channel which)
{
    const auto number = static_cast<std::uint8_t>(which);
    if (!wants(number) || reads(number) || std::exchange(write_over(which), true) || said_goodbye_)
        co_return result<void>{};
    // A server has no word for it: kubectl would complain of channel 255.
    if (ours_ == role::client && settings_.protocol >= wire::remote_command::version::v5) {
        const std::byte signal[] = {std::byte{0xff}, std::byte{number}};
        link_.message(ws::opcode::binary, signal, {});
    }
    co_return result<void>{};
}

asio::awaitable<void> websocket_channels::finish()
{
    if (!std::exchange(said_goodbye_, true)) link_.close_frame(ws::close_code::normal);
    auto parting =
        link_.link().finish(ours_ == role::server ? std::chrono::milliseconds(stream_link::patience)
                                                  : std::chrono::milliseconds(hang_up_deadline));
    co_await std::move(parting);
}

} // namespace

std::unique_ptr<command_channels> make_websocket_channels(
    upgraded on, wire::websocket::role ours, const channel_settings& settings, logger& log)
{
    return std::make_unique<websocket_channels>(on, ours, settings, log);
}

} // namespace verbatim::kube
