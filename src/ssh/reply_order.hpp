#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace verbatim::ssh {

/// Channel requests are answered in the order they came (RFC 4254, 5.4), so an answer of the
/// proxy's own must wait for those that the other side still owes.
class reply_order {
public:
    /// Requests without an answer yet. One more: the connection ends.
    static constexpr std::size_t limit = 256;

    /// A request that wants a reply was passed on. False at the limit.
    [[nodiscard]] bool passed_on() { return push(entry::theirs); }
    /// One that the proxy answers itself, with failure or success. False at the limit.
    [[nodiscard]] bool refused() { return push(entry::our_no); }
    [[nodiscard]] bool granted() { return push(entry::our_yes); }

    /// The other side answered. False: it owed nothing.
    [[nodiscard]] bool answered()
    {
        if (owed_.empty() || owed_.front() != entry::theirs) return false;
        owed_.pop_front();
        return true;
    }
    /// The answer of ours that is due now, and takes it: true is success. Ask until there is none.
    std::optional<bool> take_due()
    {
        if (owed_.empty() || owed_.front() == entry::theirs) return std::nullopt;
        const bool success = owed_.front() == entry::our_yes;
        owed_.pop_front();
        return success;
    }

private:
    enum class entry : std::uint8_t { theirs, our_no, our_yes };
    bool push(entry e)
    {
        if (owed_.size() >= limit) return false;
        owed_.push_back(e);
        return true;
    }
    std::deque<entry> owed_;
};

} // namespace verbatim::ssh
