#include "session/limit_watch.hpp"

#include <algorithm>

namespace verbatim::session {
namespace {

using std::chrono::nanoseconds;

// As the configuration takes it: "90s", "15m", "8h".
std::string text_of(std::chrono::seconds span)
{
    const auto count = span.count();
    if (count % 3600 == 0) return std::to_string(count / 3600) + 'h';
    if (count % 60 == 0) return std::to_string(count / 60) + 'm';
    return std::to_string(count) + 's';
}

} // namespace

limit_watch::limit_watch(const limits& limits, const clock& time)
    : limits_(limits), time_(time), began_(time.monotonic_now()), client_spoke_(began_)
{}

std::optional<std::string> limit_watch::reached() const
{
    const auto now = time_.monotonic_now();
    if (limits_.client_idle.count() != 0 && now - client_spoke_ >= limits_.client_idle)
        return "session ended: nothing came from you for " + text_of(limits_.client_idle) +
               " (client_idle_timeout)";
    if (limits_.lifetime.count() != 0 && now - began_ >= limits_.lifetime)
        return "session ended: it has lasted " + text_of(limits_.lifetime) + " (max_session_ttl)";
    if (limits_.expires && time_.wall_now() >= *limits_.expires)
        return "session ended: your certificate has expired";
    return {};
}

nanoseconds limit_watch::none_for() const
{
    nanoseconds least = std::chrono::hours(1);
    const auto now = time_.monotonic_now();
    if (limits_.client_idle.count() != 0)
        least = std::min<nanoseconds>(least, client_spoke_ + limits_.client_idle - now);
    if (limits_.lifetime.count() != 0)
        least = std::min<nanoseconds>(least, began_ + limits_.lifetime - now);
    if (limits_.expires) least = std::min<nanoseconds>(least, *limits_.expires - time_.wall_now());
    return std::max(least, nanoseconds(0));
}

} // namespace verbatim::session
