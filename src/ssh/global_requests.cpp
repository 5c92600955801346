#include "ssh/global_requests.hpp"

#include <verbatim/wire/ssh_connection.hpp>

#include <algorithm>
#include <utility>

namespace verbatim::ssh {

namespace ws = wire::ssh;

bool global_requests::describe(const ws::global_request& request, awaited& out)
{
    using kind = awaited::kind;
    if (const auto* r = std::get_if<ws::tcpip_forward>(&request.detail))
        out = {kind::add, {std::string(r->address), r->port, false}};
    else if (const auto* c = std::get_if<ws::cancel_tcpip_forward>(&request.detail))
        out = {kind::cancel, {std::string(c->address), c->port, false}};
    else if (const auto* s = std::get_if<ws::streamlocal_forward>(&request.detail))
        out = {kind::add, {std::string(s->path), 0, true}};
    else if (const auto* p = std::get_if<ws::cancel_streamlocal_forward>(&request.detail))
        out = {kind::cancel, {std::string(p->path), 0, true}};
    else return false;
    return true;
}

bool global_requests::may_pass(const ws::global_request& request) const
{
    awaited asked;
    if (!describe(request, asked)) return false;
    if (!request.want_reply) return asked.what == awaited::kind::cancel; // as OpenSSH sends it
    const auto open = static_cast<std::size_t>(std::count_if(awaited_.begin(), awaited_.end(),
        [](const awaited& a) { return a.what == awaited::kind::add; }));
    return asked.what == awaited::kind::cancel || listeners_.size() + open < max_listeners;
}

bool global_requests::passed_on(const ws::global_request& request)
{
    awaited asked;
    if (!describe(request, asked)) return false;
    if (!request.want_reply) {
        // The client, too, takes nothing from there any more.
        if (std::erase(listeners_, asked.where) != 0) change_ = {std::move(asked.where), false};
        return true;
    }
    if (!client_.passed_on()) return false;
    awaited_.push_back(std::move(asked));
    return true;
}

global_requests::answer_for global_requests::answered(bool success, byte_view data)
{
    if (awaited_.empty()) return answer_for::nobody;
    awaited now = std::move(awaited_.front());
    awaited_.pop_front();
    if (now.what == awaited::kind::own) return answer_for::proxy;
    if (!client_.answered()) return answer_for::nobody;
    if (success && now.what == awaited::kind::cancel && std::erase(listeners_, now.where) != 0)
        change_ = {now.where, false};
    if (success && now.what == awaited::kind::add) {
        if (!now.where.is_path && now.where.port == 0) {
            const auto chosen = ws::decode_forwarded_port(data);
            if (!chosen) return answer_for::nobody;
            now.where.port = *chosen;
        }
        change_ = {now.where, true};
        listeners_.push_back(std::move(now.where));
    }
    return answer_for::client;
}

// Servers do not agree on how they write back the address ("", "localhost", "0.0.0.0"), and the
// client, too, looks whether it knows it; a port has one listener.
bool global_requests::expects(const ws::forwarded_tcpip_channel& opened) const
{
    return std::any_of(listeners_.begin(), listeners_.end(),
        [&](const listener& l) { return !l.is_path && l.port == opened.port; });
}

bool global_requests::expects(const ws::forwarded_streamlocal_channel& opened) const
{
    return std::any_of(listeners_.begin(), listeners_.end(),
        [&](const listener& l) { return l.is_path && l.address == opened.path; });
}

} // namespace verbatim::ssh
