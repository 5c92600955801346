#include "ssh/held_requests.hpp"

#include "ssh/transport.hpp"

namespace verbatim::ssh {

namespace ws = wire::ssh;

bool held_requests::keep(const ws::message& message, byte_view payload)
{
    const bool fits_here = std::holds_alternative<ws::channel_request>(message) ||
                           std::holds_alternative<ws::channel_eof>(message) ||
                           std::holds_alternative<ws::channel_close>(message) ||
                           std::holds_alternative<ws::channel_window_adjust>(message) ||
                           std::holds_alternative<ws::channel_success>(message) ||
                           std::holds_alternative<ws::channel_failure>(message);
    if (!fits_here || waiting_.size() >= most || payload.size() > most_bytes - bytes_) return false;
    waiting_.emplace_back(payload.begin(), payload.end());
    bytes_ += payload.size();
    return true;
}

byte_buffer held_requests::take()
{
    auto out = std::move(waiting_.front());
    waiting_.pop_front();
    bytes_ -= out.size();
    return out;
}

result<void> held_packet::forward_to(transport& to)
{
    auto sent = to.send(payload_);
    to.flush();
    return sent;
}

} // namespace verbatim::ssh
