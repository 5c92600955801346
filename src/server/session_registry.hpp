#pragma once

#include <verbatim/base/ids.hpp>
#include <verbatim/session/live_session.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace verbatim::server {

/// The running sessions of the whole server, on whatever loops they are. Thread: any.
class session_registry {
public:
    /// A session in the registry, for as long as this lives. The registry outlives it.
    class entry {
    public:
        entry(entry&& other) noexcept;
        ~entry();
        entry& operator=(entry&&) = delete;

    private:
        friend class session_registry;
        entry(session_registry& all, session_id id, std::string counted_for);

        session_registry* all_; // null: moved from
        session_id id_;
        std::string counted_for_; // empty: not counted
    };

    /// A session of `user`, who may have `most` at once (0: any number). Nothing: the limit is
    /// reached.
    [[nodiscard]] std::optional<entry> enter(
        const std::shared_ptr<session::live_session>& live, std::uint32_t most);

    /// What belongs to a session and does not count as one: a forwarded connection.
    [[nodiscard]] entry enter_uncounted(const std::shared_ptr<session::live_session>& live);

    /// The oldest first.
    std::vector<std::shared_ptr<session::live_session>> all() const;
    /// Null: no such session runs.
    std::shared_ptr<session::live_session> find(const session_id& id) const;

private:
    void leave(const session_id& id, const std::string& counted_for);

    mutable std::mutex guard_;
    std::uint64_t next_ = 0;
    std::map<std::uint64_t, std::shared_ptr<session::live_session>> by_age_;
    std::map<session_id, std::uint64_t> ages_;
    std::map<std::string, std::uint32_t, std::less<>> counts_; // by user
};

} // namespace verbatim::server
