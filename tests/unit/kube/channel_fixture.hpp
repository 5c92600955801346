#pragma once
// Two ends of an upgraded connection in memory.

#include "kube/spdy_link.hpp"
#include "kube/stream_factory.hpp"
#include "loop_fixture.hpp"
#include "support/fake_byte_stream.hpp"

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace verbatim::test {

using kube::channel;
using wire::websocket::role;

inline asio::awaitable<bool> done_after(asio::awaitable<void> task)
{
    co_await std::move(task);
    co_return true;
}

/// What next() gave, owned.
struct got {
    channel which{};
    std::string text;
    bool end = false;
    error_code error;
};
inline asio::awaitable<got> pull(kube::command_channels& from)
{
    auto reading = from.next();
    const auto event = co_await std::move(reading);
    if (!event) co_return got{{}, {}, false, event.error()};
    co_return got{event->which, std::string(as_text(event->bytes)), event->end, {}};
}
/// Everything until the connection's end or an error.
inline asio::awaitable<std::vector<got>> pull_all(kube::command_channels& from)
{
    std::vector<got> out;
    for (;;) {
        auto pulling = pull(from);
        out.push_back(co_await std::move(pulling));
        if (out.back().error || out.back().which == channel::close) co_return out;
    }
}
inline std::string text_of(const std::vector<got>& all, channel which)
{
    std::string out;
    for (const auto& each : all)
        if (!each.error && each.which == which) out += each.text;
    return out;
}
inline bool ended(const std::vector<got>& all, channel which)
{
    for (const auto& each : all)
        if (!each.error && each.which == which && each.end) return true;
    return false;
}

enum class transport { spdy, websocket };
inline std::ostream& operator<<(std::ostream& out, transport how)
{
    return out << (how == transport::spdy ? "spdy" : "websocket");
}

struct channel_fixture : loop_fixture {
    std::unique_ptr<logger> log = make_null_logger();
    std::unique_ptr<fake_byte_stream> near, far; ///< near: of the server's role
    std::unique_ptr<kube::buffered_reader> near_buffered, far_buffered;
    std::unique_ptr<kube::command_channels> server, client;

    channel_fixture()
    {
        auto both = fake_byte_stream::make(loop.get_executor());
        near = std::move(both.first);
        far = std::move(both.second);
        near_buffered = std::make_unique<kube::buffered_reader>(*near);
        far_buffered = std::make_unique<kube::buffered_reader>(*far);
    }
    ~channel_fixture()
    {
        for (auto* each : {server.get(), client.get()}) {
            if (!each) continue;
            each->close();
            run(done_after(each->finish()));
        }
    }
    std::unique_ptr<kube::command_channels> make(
        transport how, role ours, kube::channel_settings settings)
    {
        const kube::upgraded on = ours == role::server ? kube::upgraded{*near, *near_buffered}
                                                       : kube::upgraded{*far, *far_buffered};
        return how == transport::spdy ? kube::make_spdy_channels(on, ours, settings, *log)
                                      : kube::make_websocket_channels(on, ours, settings, *log);
    }
    static kube::channel_settings settings(transport how, bool tty = false)
    {
        using wire::remote_command::version;
        return {how == transport::spdy ? version::v4 : version::v5, false,
            kube::channel_set::of(true, true, true, tty)};
    }
    void connect(transport how, bool tty = false)
    {
        server = make(how, role::server, settings(how, tty));
        client = make(how, role::client, settings(how, tty));
        const auto accepted = start(server->open());
        const auto opened = start(client->open());
        if (!run(opened) || !run(accepted)) throw std::runtime_error("not opened");
    }
    bool send(kube::command_channels& to, channel which, std::string text)
    {
        return run(to.send(which, as_bytes(text))).has_value();
    }
    bool end(kube::command_channels& to, channel which) { return run(to.end(which)).has_value(); }
};

} // namespace verbatim::test
