#include "files/plain_observers.hpp"

#include "files/refusal.hpp"

namespace verbatim::files {

void unread_observer::feed(direction way, byte_view bytes, std::vector<file_passed>& passed)
{
    if (way != way_ || bytes.empty() || std::exchange(told_, true)) return;
    passed.push_back(not_understood(way_, why_));
}

void counting_observer::feed(direction way, byte_view bytes, std::vector<file_passed>&)
{
    if (way == told_.way) told_.size += bytes.size();
}

void counting_observer::end(std::vector<file_passed>& passed)
{
    if (!std::exchange(ended_, true)) passed.push_back(std::move(told_));
}

refused_observer::refused_observer(file_passed told, std::string why)
    : told_(std::move(told)), why_(std::move(why))
{
    told_.complete = false;
    told_.refused = true;
    told_.error = why_;
}

void refused_observer::end(std::vector<file_passed>& passed)
{
    if (!std::exchange(ended_, true)) passed.push_back(std::move(told_));
}

} // namespace verbatim::files
