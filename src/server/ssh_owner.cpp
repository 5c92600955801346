#include "server/ssh_owner.hpp"

#include <boost/asio/use_awaitable.hpp>

namespace verbatim::server {

namespace asio = boost::asio;

namespace {

// Of one connection: the rest is summed at its end, so that a flood cannot fill the books.
constexpr std::uint64_t refused_singly = 10;

} // namespace

void ssh_owner::forward_refused(std::string_view kind)
{
    const std::string what(kind);
    if (++refused_requests_ > refused_singly) return;
    facts_.services.log.warning("not permitted", {{"user", facts_.user}, {"request", what}});
    if (what != "tcpip-forward" && what != "direct-tcpip" && what.find("streamlocal") == what.npos)
        return;
    wire::port_forward event;
    event.header = facts_.header();
    event.what = wire::port_forward::state::failed;
    event.error = what + " is not permitted";
    facts_.post(std::move(event));
}

asio::awaitable<void> ssh_owner::run_session(net::leg& client, net::leg& target)
{
    session::session_facts facts;
    facts.header = facts_.header();
    const auto& settings = facts_.policy->settings;
    if (settings.session_recording == "off") {
        facts.recording = session::recording_mode::off;
        facts.recording_label = "off";
    } else if (!facts_.grant.strict_recording) {
        facts.recording = session::recording_mode::best_effort;
    }
    facts.record_input = facts_.grant.record_input;
    facts.file_upload = facts_.grant.file_upload;
    facts.file_download = facts_.grant.file_download;
    ++facts_.services.counted.sessions;
    ++facts_.services.counted.sessions_now;
    auto running = session::run_session(client, target, std::move(facts),
        {facts_.services.store, facts_.services.audit, facts_.services.time, facts_.services.log});
    co_await std::move(running);
    --facts_.services.counted.sessions_now;
}

void ssh_owner::disconnected(const std::string& reason)
{
    if (refused_requests_ > refused_singly) {
        wire::port_forward event;
        event.header = facts_.header();
        event.what = wire::port_forward::state::failed;
        event.error = std::to_string(refused_requests_ - refused_singly) +
                      " more requests of this connection were not permitted";
        facts_.post(std::move(event));
    }
    wire::client_disconnect event;
    event.header = facts_.header();
    event.reason = reason;
    facts_.post(std::move(event));
}

} // namespace verbatim::server
