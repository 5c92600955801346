#include "server/session_registry.hpp"

#include <utility>

namespace verbatim::server {

session_registry::entry::entry(session_registry& all, session_id id, std::string counted_for)
    : all_(&all), id_(id), counted_for_(std::move(counted_for))
{}

session_registry::entry::entry(entry&& other) noexcept
    : all_(std::exchange(other.all_, nullptr)), id_(other.id_),
      counted_for_(std::move(other.counted_for_))
{}

session_registry::entry::~entry()
{
    if (all_) all_->leave(id_, counted_for_);
}

std::optional<session_registry::entry> session_registry::enter(
    const std::shared_ptr<session::live_session>& live, std::uint32_t most)
{
    const auto& user = live->header().user.user;
    {
        const std::lock_guard lock(guard_);
        auto& count = counts_[user];
        if (most != 0 && count >= most) return std::nullopt;
        ++count;
        ages_.emplace(live->id(), next_);
        by_age_.emplace(next_++, live);
    }
    return entry(*this, live->id(), user);
}

session_registry::entry session_registry::enter_uncounted(
    const std::shared_ptr<session::live_session>& live)
{
    {
        const std::lock_guard lock(guard_);
        ages_.emplace(live->id(), next_);
        by_age_.emplace(next_++, live);
    }
    return entry(*this, live->id(), {});
}

void session_registry::leave(const session_id& id, const std::string& counted_for)
{
    // Its last owner may be this one, and what it does at its end is nobody's to wait for.
    std::shared_ptr<session::live_session> gone;
    const std::lock_guard lock(guard_);
    if (const auto age = ages_.find(id); age != ages_.end()) {
        if (const auto one = by_age_.find(age->second); one != by_age_.end()) {
            gone = std::move(one->second);
            by_age_.erase(one);
        }
        ages_.erase(age);
    }
    const auto count = counts_.find(counted_for);
    if (count != counts_.end() && --count->second == 0) counts_.erase(count);
}

std::vector<std::shared_ptr<session::live_session>> session_registry::all() const
{
    std::vector<std::shared_ptr<session::live_session>> out;
    const std::lock_guard lock(guard_);
    out.reserve(by_age_.size());
    for (const auto& [age, live] : by_age_) out.push_back(live);
    return out;
}

std::shared_ptr<session::live_session> session_registry::find(const session_id& id) const
{
    const std::lock_guard lock(guard_);
    const auto age = ages_.find(id);
    if (age == ages_.end()) return nullptr;
    const auto found = by_age_.find(age->second);
    return found == by_age_.end() ? nullptr : found->second;
}

} // namespace verbatim::server
