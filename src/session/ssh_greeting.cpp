#include "session/ssh_greeting.hpp"

#include <algorithm>

namespace verbatim::session {

namespace {

constexpr std::size_t greeting_bytes = 6; // "SSH-2." or "SSH-1."

bool continues(std::size_t matched, char next)
{
    constexpr char begin[] = {'S', 'S', 'H', '-'};
    if (matched < sizeof begin) return next == begin[matched];
    return matched == 4 ? next == '1' || next == '2' : next == '.';
}

} // namespace

bool ssh_greeting::feed(bool from_client, byte_view bytes)
{
    direction& d = directions_[from_client ? 1 : 0];
    if (found_ || d.seen >= searched_bytes) return found_;
    for (const auto byte : bytes.first(std::min(bytes.size(), searched_bytes - d.seen))) {
        const char next = static_cast<char>(byte);
        if (next == '\n' || next == '\r') {
            d.in_line = false;
            d.matched = 0;
        } else if (!d.in_line) {
            if (!continues(d.matched, next)) d.in_line = true;
            else if (++d.matched == greeting_bytes) found_ = true;
        }
    }
    d.seen += bytes.size();
    return found_;
}

} // namespace verbatim::session
