#include "kube/websocket_link.hpp"

#include <openssl/rand.h>

#include <cstring>
#include <stdexcept>
#include <utility>

namespace verbatim::kube {

namespace asio = boost::asio;
namespace ws = wire::websocket;

namespace {

// kubectl gives a server 61 s from one pong to the next.
constexpr std::chrono::seconds pong_interval{10};

} // namespace

websocket_link::websocket_link(
    upgraded on, role ours, std::chrono::milliseconds ping_interval, logger& log)
    : link_(on, log), reader_(ours), ours_(ours)
{
    link_.every(ours == role::client ? ping_interval : pong_interval, [this] { stay_awake(); });
}

void websocket_link::stay_awake()
{
    if (ours_ == role::client) {
        if (out().queued() == 0) append_frame(ws::opcode::ping, {}, {});
    } else if (!link_.is_reading()) {
        append_frame(ws::opcode::pong, {}, {});
    }
}

asio::awaitable<result<ws::message_piece>> websocket_link::next()
{
    for (;;) {
        link_.taken(std::exchange(given_, 0));
        if (link_.is_over()) co_return errc::cancelled;
        if (peer_closed_) co_return errc::closed;
        auto input = link_.input();
        const auto before = input.size();
        const auto found = reader_.next(input);
        given_ = before - input.size();
        if (!found) {
            broken_ = found.error();
            co_return broken_;
        }
        if (!*found) {
            link_.taken(std::exchange(given_, 0));
            auto reading = link_.more();
            if (const auto more = co_await std::move(reading); !more) co_return more.error();
            continue;
        }
        if (const auto* piece = std::get_if<ws::message_piece>(&**found)) co_return *piece;
        if (const auto* asked = std::get_if<ws::ping>(&**found))
            append_frame(ws::opcode::pong, asked->payload, {});
        else if (std::holds_alternative<ws::close>(**found)) peer_closed_ = true;
    }
}

void websocket_link::message(ws::opcode kind, byte_view first, byte_view rest)
{
    append_frame(kind, first, rest);
}

void websocket_link::close_frame(ws::close_code code)
{
    if (broken_ == errc::malformed) code = ws::close_code::protocol_error;
    else if (broken_) code = ws::close_code::too_big;
    append_frame(ws::opcode::close, ws::close_payload(code, {}), {});
    close_sent_ = true;
}

void websocket_link::append_frame(ws::opcode kind, byte_view first, byte_view rest)
{
    if (close_sent_) return;
    std::optional<ws::mask_key> key;
    if (ours_ == role::client) key = fresh_key();
    ws::append_frame(out().buffer(), kind, first, rest, key);
    out().added();
}

ws::mask_key websocket_link::fresh_key()
{
    if (random_used_ == random_.size()) {
        if (::RAND_bytes(reinterpret_cast<unsigned char*>(random_.data()),
                static_cast<int>(random_.size())) != 1)
            throw std::runtime_error("the system has no random bytes");
        random_used_ = 0;
    }
    ws::mask_key key;
    std::memcpy(key.data(), random_.data() + random_used_, key.size());
    random_used_ += key.size();
    return key;
}

} // namespace verbatim::kube
