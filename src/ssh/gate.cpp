#include "ssh/gate.hpp"

#include <variant>

namespace verbatim::ssh {

namespace ws = wire::ssh;

namespace {

template <class... Types>
bool is_one_of(const ws::channel_request::detail_type& detail) noexcept
{
    return (std::holds_alternative<Types>(detail) || ...);
}

} // namespace

verdict gate::check(side from, const ws::message& message)
{
    half& sender = of(from);
    if (!open_) return verdict::violation;
    if (sender.closed) return verdict::violation; // RFC 4254, 5.3: nothing follows a close
    if (std::holds_alternative<ws::channel_close>(message)) {
        sender.closed = true;
        return ended_ ? verdict::drop : verdict::pass;
    }
    if (ended_) return verdict::drop;

    if (std::holds_alternative<ws::channel_data>(message)) {
        // Before a shell, command or subsystem nobody is there to read, and nothing is recorded
        // yet.
        return sender.eof || !started_ ? verdict::violation : verdict::pass;
    }
    if (std::holds_alternative<ws::channel_extended_data>(message))
        return from == side::client || what_ == carries::forward || sender.eof || !started_
                   ? verdict::violation
                   : verdict::pass;
    if (std::holds_alternative<ws::channel_eof>(message)) {
        if (sender.eof) return verdict::violation;
        sender.eof = true;
        return verdict::pass;
    }
    if (std::holds_alternative<ws::channel_window_adjust>(message)) return verdict::pass;
    if (std::holds_alternative<ws::channel_success>(message) ||
        std::holds_alternative<ws::channel_failure>(message))
        return verdict::pass;
    if (const auto* request = std::get_if<ws::channel_request>(&message)) {
        if (what_ == carries::forward) return verdict::answer_no;
        if (from == side::client) return check_client_request(*request);
        return is_one_of<ws::exit_status, ws::exit_signal, ws::xon_xoff, ws::end_of_write,
                   ws::keepalive_request>(request->detail)
                   ? verdict::pass
                   : verdict::answer_no;
    }
    return verdict::violation;
}

verdict gate::check_client_request(const ws::channel_request& request)
{
    if (is_one_of<ws::shell_request, ws::exec_request, ws::subsystem_request>(request.detail)) {
        // RFC 4254, 6.5: one per channel. A second would run outside the session that is recorded.
        if (started_) return verdict::answer_no;
        // Some targets read up to it, others beyond: no two would agree on what is asked for.
        const auto has_nul = [](std::string_view text) { return text.find('\0') != text.npos; };
        const auto* exec = std::get_if<ws::exec_request>(&request.detail);
        const auto* subsystem = std::get_if<ws::subsystem_request>(&request.detail);
        if ((exec && has_nul(exec->command)) || (subsystem && has_nul(subsystem->subsystem)))
            return verdict::answer_no;
        started_ = true;
        return verdict::pass;
    }
    // They belong to the session to come (RFC 4254, 6.3).
    if (is_one_of<ws::x11_request>(request.detail))
        return permitted_.x11 && !started_ ? verdict::pass : verdict::answer_no;
    if (is_one_of<ws::pty_request>(request.detail) && (!permitted_.terminal || started_))
        return verdict::answer_no;
    if (is_one_of<ws::agent_request>(request.detail))
        return started_                 ? verdict::answer_no
               : permitted_.agent       ? verdict::pass
               : permitted_.agent_stays ? verdict::answer_yes
                                        : verdict::answer_no;
    return is_one_of<ws::pty_request, ws::env_request, ws::window_change, ws::signal_request,
               ws::break_request, ws::xon_xoff, ws::end_of_write, ws::keepalive_request>(
               request.detail)
               ? verdict::pass
               : verdict::answer_no;
}

} // namespace verbatim::ssh
