#include <verbatim/session/live_session.hpp>

#include <boost/asio/post.hpp>

#include <utility>

namespace verbatim::session {

live_session::live_session(
    session_id id, wire::event_header header, boost::asio::any_io_executor loop)
    : id_(id), header_(std::move(header)), loop_(std::move(loop))
{}

live_session::progress live_session::now() const
{
    const std::lock_guard lock(guard_);
    auto out = progress_;
    out.to_client = to_client_;
    out.from_client = from_client_;
    return out;
}

void live_session::end(std::string line)
{
    boost::asio::post(loop_, [self = shared_from_this(), line = std::move(line)] {
        if (self->act_) self->act_(line);
    });
}

void live_session::began(net::start_kind kind, std::string command, wall_time since)
{
    const std::lock_guard lock(guard_);
    progress_.started = true;
    progress_.kind = kind;
    progress_.command = std::move(command);
    progress_.since = since;
}

void live_session::resized(wire::terminal_size size)
{
    const std::lock_guard lock(guard_);
    progress_.size = size;
}

} // namespace verbatim::session
