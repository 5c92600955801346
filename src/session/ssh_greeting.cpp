#include "session/ssh_greeting.hpp"

#include <algorithm>

namespace verbatim::session {

ssh_greeting::matched ssh_greeting::after(matched before, char next)
{
    const bool digit = next >= '0' && next <= '9';
    switch (before) {
    case matched::s:
        if (next == 'S') return matched::ss;
        break;
    case matched::ss:
        if (next == 'S') return matched::ss; // the last two of three
        if (next == 'H') return matched::ssh;
        break;
    case matched::ssh:
        if (next == '-') return matched::dash;
        break;
    case matched::dash:
        if (digit) return matched::major;
        break;
    case matched::major:
        if (digit) return matched::major;
        if (next == '.') return matched::dot;
        break;
    case matched::dot:
        if (digit) return matched::minor;
        break;
    case matched::minor:
        if (digit) return matched::minor;
        if (next == '-') return matched::all;
        break;
    case matched::nothing:
    case matched::all: break;
    }
    return next == 'S' ? matched::s : matched::nothing;
}

bool ssh_greeting::feed(bool from_client, byte_view bytes)
{
    direction& d = directions_[from_client ? 1 : 0];
    if (found_ || d.seen >= searched_bytes) return found_;
    const auto looked_at = bytes.first(std::min(bytes.size(), searched_bytes - d.seen));
    d.seen += looked_at.size();
    for (const auto byte : looked_at) {
        d.so_far = after(d.so_far, static_cast<char>(byte));
        if (d.so_far == matched::all) return found_ = true;
    }
    return false;
}

} // namespace verbatim::session
