// The connection's way to its target, and the target's end.
#include "ssh/relay.hpp"

#include "ssh/target_login.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/net/deadline.hpp>
#include <verbatim/wire/ssh_connection.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace verbatim::ssh {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds farewell_deadline{60'000};

} // namespace

asio::awaitable<void> relay::reach_target()
{
    std::string said;
    auto reaching = context_.owner.reach_target(said);
    auto reached = co_await std::move(reaching);
    if (!reached) {
        local_ = said;
        co_return;
    }
    auto connecting = connect(*reached, said);
    if (const auto connected = co_await std::move(connecting); !connected) {
        const std::string detail = reached->by_agent && !said.empty() ? said
                                   : target_                          ? target_->error_text()
                                                                      : std::string();
        const auto line = context_.owner.target_failed(connected.error(), escape_for_log(detail));
        local_ = said.empty() ? line : said;
        wires_.target = nullptr;
        if (target_) target_->close();
        co_return;
    }
    target_->on_change = [this] { wake_pumps(); };
    target_->before_read = [this] { flush_all(); };
    tasks_.spawn("ssh target pump", pump_target());
}

asio::awaitable<result<void>> relay::connect(target_connection& reached, std::string& said)
{
    const std::string host_key_order = host_key_preference(reached.host_keys);
    const algorithms defaults;
    const auto& chosen = context_.algorithms;
    verbatim_engine_options options{};
    options.kex =
        chosen.target_kex.empty() ? defaults.target_kex.c_str() : chosen.target_kex.c_str();
    options.ciphers =
        chosen.target_ciphers.empty() ? defaults.ciphers.c_str() : chosen.target_ciphers.c_str();
    options.macs = defaults.target_macs.c_str();
    options.compression = "none";
    options.host_key_algorithms = host_key_order.empty() ? nullptr : host_key_order.c_str();
    if (ending_) co_return errc::closed; // nobody would close it
    target_ = std::make_unique<transport>(
        std::move(reached.socket), options, static_cast<loop_buffers&>(context_.buffers));
    tasks_.spawn("ssh target writer", target_->run_writer());

    net::deadline deadline(keepalive_.get_executor(), context_.limits.target_deadline, [this] {
        target_->close();
        if (agent_) agent_->close();
    });
    result<void> done = target_->start();
    if (done) {
        auto logging_in = log_in(reached, said);
        done = co_await std::move(logging_in);
    }
    if (!done) co_return deadline.expired() ? make_error_code(errc::timed_out) : done.error();
    wires_.target = target_.get();
    co_return result<void>{};
}

asio::awaitable<result<void>> relay::log_in(target_connection& reached, std::string& said)
{
    auto meeting = meet_target(*target_, context_.owner, said);
    if (const auto met = co_await std::move(meeting); !met) co_return met.error();
    auto logging_in =
        reached.by_agent ? log_in_by_agent(reached, said) : log_in_at_target(*target_, reached);
    co_return co_await std::move(logging_in);
}

asio::awaitable<void> relay::pump_target()
{
    try {
        auto pumping = pump(side::target);
        co_await std::move(pumping);
    } catch (const std::exception& e) {
        context_.log.error("a target's pump failed", {{"what", e.what()}});
    }
    end_of_target();
}

void relay::end_of_target()
{
    target_->close();
    if (ending_) return;
    wires_.target = nullptr;
    local_ = "the target closed the connection";
    for (const auto& c : channels_)
        if (c && c->now != channel::state::local) c->target_leg.lost();
    tasks_.spawn("ssh farewell", leave_client());
}

// The target is gone: its sessions say so to their users, then the client's connection ends as it
// would have without us.
asio::awaitable<void> relay::leave_client()
{
    while (std::any_of(channels_.begin(), channels_.end(),
        [](const slot& s) { return s && s->session_running; })) {
        error_code cancelled;
        auto ended =
            sessions_ended_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
        co_await std::move(ended);
    }
    if (reason_.empty()) reason_ = "the target closed the connection";
    wires_.client->disconnect(11, "the target closed the connection");
    net::deadline patience(
        keepalive_.get_executor(), farewell_deadline, [this] { wires_.client->close(); });
    auto drained = wires_.client->drained();
    co_await std::move(drained);
    wires_.client->close();
}

} // namespace verbatim::ssh
