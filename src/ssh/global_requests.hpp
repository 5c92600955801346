#pragma once

#include "ssh/reply_order.hpp"

#include <verbatim/wire/ssh_messages.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace verbatim::ssh {

/// The global requests of a connection that go on to its target: who is owed which answer, and what
/// the target listens to for the client. They have no numbers, so order is all (RFC 4254, section
/// 4). Without I/O; thread: one.
class global_requests {
public:
    /// What a target may listen to at once for one client, asked for or granted.
    static constexpr std::size_t max_listeners = 64;

    /// May `request` of the client go on to the target? Only those for forwards; to listen, only
    /// wanting a reply (who listens must be known) and not more than max_listeners. An end of
    /// listening may go without: OpenSSH's `-O cancel` does.
    bool may_pass(const wire::ssh::global_request& request) const;

    /// The client's request is passed on. False at the limit of what may be unanswered.
    [[nodiscard]] bool passed_on(const wire::ssh::global_request& request);
    /// The proxy refuses it, once it is its turn. False at the limit.
    [[nodiscard]] bool refused() { return client_.refused(); }
    /// The proxy asked the target something of its own that wants a reply.
    void asked_target() { awaited_.push_back({}); }

    enum class answer_for { nobody, proxy, client };
    /// The target answered; `data` is a success's.
    answer_for answered(bool success, byte_view data);
    /// True, and takes it, when a refusal of ours is due to the client now; ask until false.
    bool take_due() { return client_.take_due().has_value(); }

    /// Where the target listens for the client, or did.
    struct listener {
        std::string address; ///< or path
        std::uint32_t port = 0;
        bool is_path = false;
        bool operator==(const listener&) const = default;
    };
    struct change {
        listener where;
        bool listens = false; ///< false: no more
    };
    /// What the last of passed_on() and answered() has changed; once.
    std::optional<change> take_change() { return std::exchange(change_, std::nullopt); }

    /// Did the client ask for what the target opens a channel for?
    bool expects(const wire::ssh::forwarded_tcpip_channel& opened) const;
    bool expects(const wire::ssh::forwarded_streamlocal_channel& opened) const;

private:
    struct awaited {
        enum class kind : std::uint8_t { own, add, cancel } what = kind::own;
        listener where;
    };
    static bool describe(const wire::ssh::global_request& request, awaited& out);

    reply_order client_;
    std::deque<awaited> awaited_; // of the target
    std::vector<listener> listeners_;
    std::optional<change> change_;
};

} // namespace verbatim::ssh
