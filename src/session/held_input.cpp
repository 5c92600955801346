#include "session/held_input.hpp"

#include <utility>

namespace verbatim::session {

bool held_input::holds(const net::event_body& event)
{
    return std::holds_alternative<net::data_event>(event) ||
           std::holds_alternative<net::signal_event>(event) ||
           std::holds_alternative<net::end_of_file_event>(event);
}

bool held_input::keep(const net::event_body& event, std::string_view party, bool first)
{
    item one;
    one.party = party;
    if (const auto* data = std::get_if<net::data_event>(&event)) {
        one.stream = data->stream;
        one.text = as_text(data->bytes);
    } else if (const auto* signal = std::get_if<net::signal_event>(&event)) {
        one.what = item::kind::signal;
        one.text = signal->name;
    } else if (const auto* end = std::get_if<net::end_of_file_event>(&event)) {
        one.what = item::kind::end;
        one.stream = end->stream;
    } else {
        return true;
    }
    auto& bytes = bytes_of(one);
    const auto limit = party.empty() ? most_of_owner : most_of_parties;
    if (bytes + cost_of(one) > limit) return false;
    bytes += cost_of(one);
    items_.insert(first ? items_.begin() : items_.end(), std::move(one));
    return true;
}

held_input::item held_input::take()
{
    auto out = std::move(items_.front());
    items_.pop_front();
    bytes_of(out) -= cost_of(out);
    return out;
}

net::leg_event held_input::item::event() const
{
    net::leg_event out{net::end_of_file_event{stream}};
    if (what == kind::data) out.body = net::data_event{stream, as_bytes(std::string_view(text))};
    if (what == kind::signal) out.body = net::signal_event{text};
    // The owner's client has sent it within the target's window, long ago.
    out.within_window = party.empty();
    return out;
}

} // namespace verbatim::session
