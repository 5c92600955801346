#pragma once

#include <verbatim/session/live_session.hpp>

#include <memory>
#include <string_view>
#include <vector>

namespace verbatim::server {

/// Keeps the user's agent from those who have joined one of his sessions: they could use it at the
/// target, with what they type there. While a session of the connection is shared, its forwards to
/// the agent are ended, and none begins. Thread: the connection's loop, which its sessions' is.
class agent_guard {
public:
    static constexpr std::string_view line =
        "agent forwarding is closed while the session is shared";

    /// A session of the connection, or one of its forwards, for as long as this lives. The guard
    /// outlives it.
    class entry {
    public:
        entry(agent_guard& guard, bool is_agent);
        ~entry();
        entry(const entry&) = delete;
        entry& operator=(const entry&) = delete;

        /// It is about to start.
        void watch(std::shared_ptr<session::live_session> live);

    private:
        friend class agent_guard;
        agent_guard& guard_;
        const bool is_agent_;
        std::shared_ptr<session::live_session> live_; // null: not yet
    };

    bool is_shared() const;

private:
    void close_agents() const;

    std::vector<const entry*> entries_;
};

} // namespace verbatim::server
