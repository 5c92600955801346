#include "kube/port_forward.hpp"

#include "kube/forward_leg.hpp"

#include <verbatim/net/deadline.hpp>
#include <verbatim/net/task_group.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <charconv>
#include <exception>
#include <list>
#include <map>
#include <unordered_map>
#include <utility>

namespace verbatim::kube {

namespace asio = boost::asio;
namespace spdy = wire::spdy;

namespace {

// As kubectl does.
constexpr std::chrono::seconds ping_interval{5};
// For sessions to end when one side is gone, before both legs are closed.
constexpr std::chrono::seconds after_the_end{10};
constexpr std::chrono::seconds hang_up_deadline{5};

std::string_view value_of(const std::vector<spdy::header>& headers, std::string_view name)
{
    const auto found = std::ranges::find(headers, name, &spdy::header::name);
    return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

std::uint16_t parse_port(std::string_view text)
{
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() ? port : std::uint16_t{0};
}

/// One SPDY connection: which stream is whose.
struct forward_side {
    forward_side(upgraded on, role ours, logger& log) : link(on, ours, ping_interval, log) {}

    spdy_link link;
    std::unordered_map<spdy::stream_id, forward_leg*> legs;
    spdy::stream_id last_id = 0;

    forward_leg* leg_of(spdy::stream_id id) const
    {
        const auto found = legs.find(id);
        return found == legs.end() ? nullptr : found->second;
    }
    void add(forward_leg::streams ids, forward_leg& leg)
    {
        legs[ids.error] = legs[ids.data] = &leg;
    }
    void remove(forward_leg::streams ids)
    {
        legs.erase(ids.error);
        legs.erase(ids.data);
    }
};

class spdy_forward final : public port_forward {
public:
    spdy_forward(
        forward_sides sides, run_forward session, const connection_limits& limits, logger& log)
        : client_({sides.client, sides.client_buffered}, role::server, log),
          target_({sides.target, sides.target_buffered}, role::client, log),
          session_(std::move(session)), limits_(limits), loop_(sides.client.executor()),
          ended_(loop_, asio::steady_timer::time_point::max()), pumps_(loop_, log),
          pairs_tasks_(loop_, log)
    {}

    asio::awaitable<void> run() override;
    void close() override
    {
        client_.link.link().close();
        target_.link.link().close();
        note_end();
    }

private:
    /// The error stream has come, its data stream not yet.
    struct half_pair {
        spdy::stream_id error;
        std::uint16_t port;
        std::unique_ptr<net::deadline> overdue;
    };
    struct pair {
        std::unique_ptr<forward_leg> client, target;
    };

    asio::awaitable<void> pump(forward_side& side);
    asio::awaitable<void> dispatch(forward_side& side, const spdy::frame& frame);
    void accept(const spdy::syn_stream& stream);
    bool begin_half(const spdy::syn_stream& stream, std::uint16_t port);
    bool complete(const spdy::syn_stream& stream, std::uint16_t port);
    asio::awaitable<void> serve(pair& of);
    forward_leg::streams open_at_target(forward_leg& leg, std::uint16_t port);
    void note_end();
    void close_pairs();

    forward_side client_, target_;
    run_forward session_;
    connection_limits limits_;
    asio::any_io_executor loop_;
    std::map<std::string, half_pair, std::less<>> halves_; // by request id
    std::list<pair> pairs_;
    std::uint64_t next_request_ = 0;
    bool ending_ = false;
    asio::steady_timer ended_; // never expires: cancelled at the end of either side
    net::task_group pumps_, pairs_tasks_;
};

asio::awaitable<void> spdy_forward::run()
{
    pumps_.spawn("kube: forwarding client", pump(client_));
    pumps_.spawn("kube: forwarding target", pump(target_));
    while (!ending_) {
        error_code woken;
        auto waiting = ended_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
        co_await std::move(waiting);
    }
    halves_.clear();
    {
        const net::deadline hurry(loop_, after_the_end, [this] { close_pairs(); });
        auto joining = pairs_tasks_.join();
        co_await std::move(joining);
    }
    target_.link.goaway(0);
    auto hanging_up = target_.link.link().finish(hang_up_deadline);
    co_await std::move(hanging_up);
    client_.link.goaway(client_.last_id); // behind all else
    auto parting = client_.link.link().finish(stream_link::patience);
    co_await std::move(parting);
    auto joining = pumps_.join();
    co_await std::move(joining);
}

void spdy_forward::note_end()
{
    ending_ = true;
    ended_.cancel();
}

void spdy_forward::close_pairs()
{
    for (auto& each : pairs_) {
        each.client->close(255);
        each.target->close(255);
    }
}

asio::awaitable<void> spdy_forward::pump(forward_side& side)
{
    for (;;) {
        auto reading = side.link.next();
        const auto frame = co_await std::move(reading);
        if (!frame) break;
        auto dispatching = dispatch(side, *frame);
        co_await std::move(dispatching);
    }
    note_end();
    for (auto& each : pairs_) (&side == &client_ ? each.client : each.target)->lost();
}

asio::awaitable<void> spdy_forward::dispatch(forward_side& side, const spdy::frame& frame)
{
    if (const auto* data = std::get_if<spdy::data>(&frame)) {
        if (auto* leg = side.leg_of(data->id)) {
            auto taking = leg->arrived(*data);
            co_await std::move(taking);
        }
    } else if (const auto* gone = std::get_if<spdy::reset>(&frame)) {
        if (auto* leg = side.leg_of(gone->id)) leg->arrived(*gone);
    } else if (const auto* reply = std::get_if<spdy::syn_reply>(&frame)) {
        if (auto* leg = side.leg_of(reply->id)) leg->arrived(*reply);
    } else if (const auto* stream = std::get_if<spdy::syn_stream>(&frame)) {
        if (&side == &client_) accept(*stream);
        else side.link.reset(stream->id, spdy::reset_status::refused_stream);
    }
}

void spdy_forward::accept(const spdy::syn_stream& stream)
{
    const auto type = value_of(stream.headers, "streamtype");
    const auto port = parse_port(value_of(stream.headers, "port"));
    const bool valid = stream.id % 2 == 1 && stream.id > client_.last_id && port != 0 && !ending_ &&
                       !value_of(stream.headers, "requestid").empty();
    client_.last_id = std::max(client_.last_id, stream.id);
    const bool taken = valid && (type == "error"     ? begin_half(stream, port)
                                    : type == "data" ? complete(stream, port)
                                                     : false);
    if (!taken) client_.link.reset(stream.id, spdy::reset_status::refused_stream);
}

bool spdy_forward::begin_half(const spdy::syn_stream& stream, std::uint16_t port)
{
    const std::string request(value_of(stream.headers, "requestid"));
    if (halves_.size() + pairs_.size() >= limits_.max_forwards || halves_.contains(request))
        return false;
    auto& half = halves_[request];
    half.error = stream.id;
    half.port = port;
    half.overdue = std::make_unique<net::deadline>(
        loop_, limits_.stream_creation, [this, request, id = stream.id] {
            client_.link.reset(id, spdy::reset_status::cancel);
            halves_.erase(request);
        });
    client_.link.reply(stream.id);
    return true;
}

bool spdy_forward::complete(const spdy::syn_stream& stream, std::uint16_t port)
{
    const auto half = halves_.find(value_of(stream.headers, "requestid"));
    if (half == halves_.end() || half->second.port != port) return false;
    const forward_leg::streams ids{half->second.error, stream.id};
    halves_.erase(half);
    client_.link.reply(stream.id);

    pairs_.push_back({std::make_unique<forward_leg>(client_.link, ids, port),
        std::make_unique<forward_leg>(
            target_.link, [this, port](forward_leg& leg) { return open_at_target(leg, port); },
            limits_.stream_creation)});
    client_.add(ids, *pairs_.back().client);
    pairs_tasks_.spawn("kube: forwarded connection", serve(pairs_.back()));
    return true;
}

forward_leg::streams spdy_forward::open_at_target(forward_leg& leg, std::uint16_t port)
{
    const auto open = [&](const char* type) {
        target_.last_id = target_.last_id == 0 ? 1 : target_.last_id + 2;
        target_.link.open(target_.last_id, {{"streamtype", type}, {"port", std::to_string(port)},
                                               {"requestid", std::to_string(next_request_)}});
        return target_.last_id;
    };
    forward_leg::streams ids;
    ids.error = open("error");
    target_.link.data(ids.error, {}, true); // nothing goes this way on it
    ids.data = open("data");
    ++next_request_;
    target_.add(ids, leg);
    return ids;
}

asio::awaitable<void> spdy_forward::serve(pair& of)
{
    std::exception_ptr escaped;
    try {
        auto running = session_(*of.client, *of.target);
        co_await std::move(running);
    } catch (...) { // the legs must be forgotten all the same
        escaped = std::current_exception();
    }
    of.client->close(255);
    of.target->close(255);
    // The pump may have brought us here, and still be within a leg.
    auto pump_first = asio::post(loop_, asio::use_awaitable);
    co_await std::move(pump_first);
    client_.remove(of.client->ids());
    target_.remove(of.target->ids());
    pairs_.remove_if([&of](const pair& each) { return &each == &of; });
    if (escaped) std::rethrow_exception(escaped); // the task group logs it
}

} // namespace

std::unique_ptr<port_forward> make_port_forward(
    forward_sides sides, run_forward session, const connection_limits& limits, logger& log)
{
    return std::make_unique<spdy_forward>(sides, std::move(session), limits, log);
}

} // namespace verbatim::kube
