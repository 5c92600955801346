#include "server/control_service.hpp"

#include "server/control_leg.hpp"
#include "server/join_command.hpp"
#include "server/session_commands.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/net/deadline.hpp>
#include <verbatim/net/local_socket.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>

namespace verbatim::server {

namespace asio = boost::asio;
using asio::local::stream_protocol;

namespace {

constexpr std::size_t most_clients = 64; // one more is hung up
constexpr std::chrono::seconds request_deadline{10}, last_words_deadline{5};
constexpr std::chrono::milliseconds accept_pause{100}; // as of other listeners
constexpr std::uint32_t refused_status = 255;

std::string account_name(uid_t account)
{
    if (account == 0) return "root";
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4096> text{};
    if (::getpwuid_r(account, &entry, text.data(), text.size(), &found) == 0 && found)
        return escape_for_log(found->pw_name);
    return std::to_string(account);
}

} // namespace

control_service::control_service(
    const policy_holder& policy, serving& on, const clock& time, std::string server_id)
    : policy_(policy), on_(on), time_(time), server_id_(std::move(server_id)),
      acceptor_(on.loops.at(0))
{}

void control_service::open(const std::filesystem::path& file)
{
    // The lock on data_dir is ours, so nobody listens at what stands there.
    std::ignore = ::unlink(file.c_str()); // mostly there is none
    const net::local_socket_name name(file);
    error_code error;
    acceptor_.open(stream_protocol(), error);
    if (!error) acceptor_.bind(stream_protocol::endpoint(name.text()), error);
    // Its folder lets nobody else in meanwhile.
    if (!error && ::chmod(file.c_str(), S_IRUSR | S_IWUSR) != 0)
        error = error_code(errno, boost::system::system_category());
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error)
        throw std::runtime_error(
            "the control socket " + file.string() + " cannot be made: " + error.message());
    file_ = file;
}

asio::awaitable<void> control_service::accept()
{
    while (!closing_) {
        socket_type socket(on_.loops.at(0));
        error_code error;
        auto accepting =
            acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
        co_await std::move(accepting);
        if (closing_) co_return;
        if (!error) {
            if (there_.size() < most_clients)
                on_.tasks[0]->spawn("control connection", serve(std::move(socket)));
            continue;
        }
        on_.log.error("cannot accept a connection", {{"error", error.message()}});
        asio::steady_timer pause(on_.loops.at(0), accept_pause);
        auto pausing = pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
        co_await std::move(pausing);
    }
}

void control_service::close()
{
    if (std::exchange(closing_, true) || file_.empty()) return;
    error_code ignored; // it is open; closing it cannot fail in a way that matters now
    acceptor_.close(ignored);
    std::ignore = ::unlink(file_.c_str()); // the next start does it otherwise
}

void control_service::hang_up()
{
    for (auto* each : there_) each->hang_up();
}

bool control_service::may_ask(uid_t account) const
{
    return account == 0 || account == ::geteuid();
}

session_visitor control_service::visitor_at(uid_t account, pid_t process) const
{
    // No user of the proxy has a slash in his name.
    session_visitor out{"local/" + account_name(account), {}, {}, nullptr};
    out.header.metadata.cluster_name = policy_.get()->settings.cluster_name;
    out.header.metadata.time = to_milliseconds(time_.wall_now());
    out.header.user.user = out.name;
    out.header.server.server_id = server_id_;
    out.header.connection.local_addr = file_.string();
    out.header.connection.remote_addr = "process " + std::to_string(process);
    out.header.connection.protocol = "local";
    return out;
}

asio::awaitable<void> control_service::serve(socket_type socket)
{
    const auto peer = net::peer_of(socket.native_handle());
    if (!peer || !may_ask(peer->account)) {
        on_.log.warning("control connection refused",
            {{"account", static_cast<std::uint64_t>(peer ? peer->account : uid_t(-1))}});
        co_return;
    }
    control_leg client(std::move(socket));
    const auto leave = [this](control_leg* each) { there_.erase(each); };
    there_.insert(&client);
    const std::unique_ptr<control_leg, decltype(leave)> present(&client, leave);
    auto answering = answer(client, visitor_at(peer->account, peer->process));
    co_await std::move(answering);
    {
        const net::deadline limit(
            on_.loops.at(0).get_executor(), last_words_deadline, [&client] { client.hang_up(); });
        auto finishing = client.finish();
        co_await std::move(finishing);
    }
}

asio::awaitable<void> control_service::answer(control_leg& client, session_visitor visitor)
{
    std::optional<result<wire::control::request>> asked;
    {
        const net::deadline limit(
            on_.loops.at(0).get_executor(), request_deadline, [&client] { client.hang_up(); });
        auto reading = client.read_request();
        asked = co_await std::move(reading);
    }
    if (!*asked) {
        client.notice("the request cannot be read: " + asked->error().message());
        client.close(refused_status);
        co_return;
    }
    auto obeying = obey(client, **asked, visitor);
    co_await std::move(obeying);
}

asio::awaitable<void> control_service::obey(
    control_leg& client, const wire::control::request& asked, const session_visitor& visitor)
{
    const auto& command = asked.words.front();
    if (is_join_command(command)) {
        const auto policy = policy_.get();
        auto joining =
            serve_join(client, {command, visitor, on_.sessions,
                                   policy->settings.shared_sessions.escape, time_, on_.log});
        co_await std::move(joining);
        co_return;
    }
    std::string arguments;
    for (std::size_t i = 1; i < asked.words.size(); ++i) arguments += asked.words[i] + ' ';
    ssh::local_reply reply{{}, "no such request: " + escape_for_log(command, 80), refused_status};
    if (command == "ls")
        reply =
            list_sessions(visitor, on_.sessions, asked.json ? list_form::json : list_form::table);
    if (command == "kill")
        reply = end_sessions(visitor, on_.sessions, arguments, "usage: verbatim kill SID", on_.log);
    const net::leg_event output{
        net::data_event{net::data_stream::output, as_bytes(std::string_view(reply.output))}};
    auto delivering = client.deliver(output);
    std::ignore = co_await std::move(delivering); // a client that is gone needs no answer
    if (!reply.error.empty()) client.notice(reply.error);
    client.close(reply.exit_status);
}

} // namespace verbatim::server
