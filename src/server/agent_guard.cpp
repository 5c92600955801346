#include "server/agent_guard.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace verbatim::server {

agent_guard::entry::entry(agent_guard& guard, bool is_agent) : guard_(guard), is_agent_(is_agent)
{
    guard_.entries_.push_back(this);
}

agent_guard::entry::~entry()
{
    if (live_) live_->on_shared({});
    std::erase(guard_.entries_, this);
}

void agent_guard::entry::watch(std::shared_ptr<session::live_session> live)
{
    live_ = std::move(live);
    live_->on_shared([&guard = guard_] { guard.close_agents(); });
    if (is_agent_ && guard_.is_shared()) live_->end(std::string(line));
}

bool agent_guard::is_shared() const
{
    return std::any_of(entries_.begin(), entries_.end(),
        [](const entry* each) { return each->live_ && each->live_->now().parties != 0; });
}

void agent_guard::close_agents() const
{
    for (const auto* each : entries_)
        if (each->is_agent_ && each->live_) each->live_->end(std::string(line));
}

} // namespace verbatim::server
