#include "kube/spdy_link.hpp"

#include <utility>

namespace verbatim::kube {

namespace asio = boost::asio;
namespace spdy = wire::spdy;

spdy_link::spdy_link(upgraded on, role ours, std::chrono::milliseconds ping_interval, logger& log)
    : link_(on, log), ours_(ours), ping_interval_(ping_interval),
      next_ping_(ours == role::client ? 1 : 2)
{}

asio::awaitable<result<spdy::frame>> spdy_link::next()
{
    for (;;) {
        link_.taken(std::exchange(given_, 0));
        if (link_.is_over()) co_return errc::cancelled;
        byte_view input = link_.input();
        const auto before = input.size();
        auto found = reader_.next(input);
        given_ = before - input.size();
        if (!found) co_return errc::malformed;
        if (!*found) {
            link_.taken(std::exchange(given_, 0));
            auto reading = link_.more();
            if (const auto more = co_await std::move(reading); !more) co_return more.error();
            continue;
        }
        start_pings();
        if (const auto* asked = std::get_if<spdy::ping>(&**found)) answer(asked->id);
        else if (!std::holds_alternative<spdy::ignored>(**found)) {
            saw_goaway_ |= std::holds_alternative<spdy::goaway>(**found);
            co_return std::move(**found);
        }
    }
}

// Answers to our own pings have our own parity and need no answer.
void spdy_link::answer(std::uint32_t id)
{
    if ((id % 2 == 1) != (ours_ == role::server)) return;
    writer_.ping(out().buffer(), id);
    out().added();
}

void spdy_link::start_pings()
{
    link_.every(ping_interval_, [this] {
        if (out().queued() != 0) return; // the peer does not read: it would only pile up
        writer_.ping(out().buffer(), next_ping_);
        out().added();
        next_ping_ = (next_ping_ + 2) & 0x7fffffff;
    });
}

void spdy_link::open(spdy::stream_id id, const std::vector<spdy::header>& headers)
{
    start_pings();
    writer_.open(out().buffer(), id, headers);
    out().added();
}

void spdy_link::reply(spdy::stream_id id)
{
    writer_.reply(out().buffer(), id);
    out().added();
}

void spdy_link::reset(spdy::stream_id id, spdy::reset_status status)
{
    writer_.reset(out().buffer(), id, status);
    out().added();
}

void spdy_link::data(spdy::stream_id id, byte_view bytes, bool fin)
{
    constexpr std::size_t most = (1u << 24) - 1; // 24 bits tell the length
    do {
        const auto piece = bytes.first(std::min(bytes.size(), most));
        bytes = bytes.subspan(piece.size());
        auto& to = out().buffer();
        writer_.data_head(to, id, piece.size(), fin && bytes.empty());
        append(to, piece);
    } while (!bytes.empty());
    out().added();
}

void spdy_link::goaway(spdy::stream_id last_good)
{
    writer_.goaway(out().buffer(), last_good);
    out().added();
}

} // namespace verbatim::kube
