#include <verbatim/session/live_session.hpp>

#include <verbatim/session/party.hpp>

#include <boost/asio/post.hpp>

#include <utility>

namespace verbatim::session {

live_session::live_session(session_id id, wire::event_header header,
    boost::asio::any_io_executor loop, policy::session_kind kind,
    std::vector<std::string> owner_roles)
    : id_(id), header_(std::move(header)), kind_(kind), owner_roles_(std::move(owner_roles)),
      loop_(std::move(loop))
{}

live_session::progress live_session::now() const
{
    const std::lock_guard lock(guard_);
    auto out = progress_;
    out.to_client = to_client_;
    out.from_client = from_client_;
    return out;
}

template <class Act>
void live_session::ask(Act act)
{
    boost::asio::post(
        loop_, [self = shared_from_this(), act = std::move(act)]() mutable { act(self->desk_); });
}

void live_session::end(std::string line)
{
    ask([line = std::move(line)](session_desk* desk) {
        if (desk) desk->end(line);
    });
}

void live_session::join(std::shared_ptr<party> who)
{
    ask([who = std::move(who)](session_desk* desk) {
        if (desk) desk->join(who);
        else who->end("the session has ended");
    });
}

void live_session::leave(std::shared_ptr<party> who)
{
    ask([who = std::move(who)](session_desk* desk) {
        if (desk) desk->leave(who);
    });
}

void live_session::type(std::shared_ptr<party> who, std::string bytes)
{
    ask([who = std::move(who), bytes = std::move(bytes)](session_desk* desk) mutable {
        if (desk) desk->type(who, std::move(bytes));
        else who->took_typed();
    });
}

void live_session::resize(std::shared_ptr<party> who, wire::terminal_size size)
{
    ask([who = std::move(who), size](session_desk* desk) {
        if (desk) desk->resize(who, size);
    });
}

void live_session::pause(std::shared_ptr<party> who, bool paused)
{
    ask([who = std::move(who), paused](session_desk* desk) {
        if (desk) desk->pause(who, paused);
    });
}

void live_session::terminate(std::shared_ptr<party> who)
{
    ask([who = std::move(who)](session_desk* desk) {
        if (desk) desk->terminate(who);
    });
}

void live_session::repaint(std::shared_ptr<party> who)
{
    ask([who = std::move(who)](session_desk* desk) {
        if (desk) desk->paint(who);
    });
}

void live_session::began(net::start_kind kind, std::string command, wall_time since)
{
    const std::lock_guard lock(guard_);
    progress_.started = true;
    progress_.kind = kind;
    progress_.command = std::move(command);
    progress_.since = since;
    progress_.state = "running";
}

void live_session::resized(wire::terminal_size size)
{
    const std::lock_guard lock(guard_);
    progress_.size = size;
}

void live_session::is_shared_by(std::uint32_t parties, std::string state)
{
    {
        const std::lock_guard lock(guard_);
        progress_.parties = parties;
        progress_.state = std::move(state);
    }
    if (parties != 0 && when_shared_) when_shared_();
}

} // namespace verbatim::session
