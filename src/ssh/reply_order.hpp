#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace verbatim::ssh {

/// Channel requests are answered in the order they came (RFC 4254, 5.4), so an answer of the
/// proxy's own must wait for those that the other side still owes.
class reply_order {
public:
    /// Requests without an answer yet. One more: the connection ends.
    static constexpr std::size_t limit = 256;

    /// A request that wants a reply was passed on. False at the limit.
    [[nodiscard]] bool passed_on() { return push(entry::theirs); }
    /// One that the proxy answers with failure itself. False at the limit.
    [[nodiscard]] bool refused() { return push(entry::ours); }

    /// The other side answered. False: it owed nothing.
    [[nodiscard]] bool answered()
    {
        if (owed_.empty() || owed_.front() != entry::theirs) return false;
        owed_.pop_front();
        return true;
    }
    /// True, and takes it, when an answer of ours is due now; ask until false.
    bool take_due()
    {
        if (owed_.empty() || owed_.front() != entry::ours) return false;
        owed_.pop_front();
        return true;
    }

private:
    enum class entry : std::uint8_t { theirs, ours };
    bool push(entry e)
    {
        if (owed_.size() >= limit) return false;
        owed_.push_back(e);
        return true;
    }
    std::deque<entry> owed_;
};

} // namespace verbatim::ssh
