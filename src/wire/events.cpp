#include <verbatim/wire/events.hpp>

namespace verbatim::wire {
namespace {

std::string_view type_name(const user_login&) { return "user.login"; }
std::string_view type_name(const auth_attempt&) { return "auth"; }
std::string_view type_name(const session_start&) { return "session.start"; }
std::string_view type_name(const session_join&) { return "session.join"; }
std::string_view type_name(const session_leave&) { return "session.leave"; }
std::string_view type_name(const resize&) { return "resize"; }
std::string_view type_name(const session_end&) { return "session.end"; }
std::string_view type_name(const session_data&) { return "session.data"; }
std::string_view type_name(const session_reject&) { return "session.rejected"; }
std::string_view type_name(const exec&) { return "exec"; }
std::string_view type_name(const subsystem&) { return "subsystem"; }
std::string_view type_name(const client_disconnect&) { return "client.disconnect"; }
std::string_view type_name(const port_forward&) { return "port"; }
std::string_view type_name(const x11_forward&) { return "x11-forward"; }
std::string_view type_name(const kube_request_event&) { return "kube.request"; }
std::string_view type_name(const file_transfer&) { return "scp"; }
std::string_view type_name(const sftp&) { return "sftp"; }
std::string_view type_name(const recording_repaired&) { return "verbatim.recording.repaired"; }
std::string_view type_name(const events_lost&) { return "verbatim.events.lost"; }

std::string_view code_name(const user_login& e) { return e.success ? "T1000I" : "T1000W"; }
std::string_view code_name(const auth_attempt&) { return "T3007W"; }
std::string_view code_name(const session_start&) { return "T2000I"; }
std::string_view code_name(const session_join&) { return "T2001I"; }
std::string_view code_name(const session_leave&) { return "T2003I"; }
std::string_view code_name(const resize&) { return "T2002I"; }
std::string_view code_name(const session_end&) { return "T2004I"; }
std::string_view code_name(const session_data&) { return "T2006I"; }
std::string_view code_name(const session_reject&) { return "T1006W"; }
std::string_view code_name(const exec& e) { return e.exit_error.empty() ? "T3002I" : "T3002E"; }
std::string_view code_name(const subsystem& e)
{
    return e.exit_error.empty() ? "T3001I" : "T3001E";
}
std::string_view code_name(const client_disconnect&) { return "T3006I"; }
std::string_view code_name(const x11_forward& e) { return e.success ? "T3008I" : "T3008W"; }
std::string_view code_name(const port_forward& e)
{
    switch (e.what) {
    case port_forward::state::start: return "T3003I";
    case port_forward::state::stop: return "T3003S";
    case port_forward::state::failed: return "T3003E";
    }
    return "T3003E";
}
std::string_view code_name(const kube_request_event&) { return "T3009I"; }
std::string_view code_name(const file_transfer& e)
{
    if (e.refused) return "T3010E";
    if (e.upload) return e.error.empty() ? "T3005I" : "T3005E";
    return e.error.empty() ? "T3004I" : "T3004E";
}
std::string_view code_name(const sftp& e)
{
    const bool well = e.error.empty();
    if (e.refused) return "TS020E";
    switch (e.action) {
    case sftp_action::none: return well ? "TS000I" : "TS000E";
    case sftp_action::open: return well ? "TS001I" : "TS001E";
    case sftp_action::setstat: return well ? "TS007I" : "TS007E";
    case sftp_action::fsetstat: return well ? "TS008I" : "TS008E";
    case sftp_action::opendir: return well ? "TS009I" : "TS009E";
    case sftp_action::remove: return well ? "TS011I" : "TS011E";
    case sftp_action::mkdir: return well ? "TS012I" : "TS012E";
    case sftp_action::rmdir: return well ? "TS013I" : "TS013E";
    case sftp_action::rename: return well ? "TS016I" : "TS016E";
    case sftp_action::symlink: return well ? "TS018I" : "TS018E";
    case sftp_action::link: return well ? "TS019I" : "TS019E";
    }
    return "TS000E";
}
std::string_view code_name(const recording_repaired&) { return "TV001W"; }
std::string_view code_name(const events_lost&) { return "TV002E"; }

} // namespace

std::string to_string(terminal_size size)
{
    return std::to_string(size.columns) + ':' + std::to_string(size.rows);
}

event_header& header_of(event& value)
{
    return std::visit([](auto& e) -> event_header& { return e.header; }, value);
}

const event_header& header_of(const event& value)
{
    return std::visit([](const auto& e) -> const event_header& { return e.header; }, value);
}

std::string_view type_of(const event& value)
{
    return std::visit([](const auto& e) { return type_name(e); }, value);
}

std::string_view code_of(const event& value)
{
    return std::visit([](const auto& e) { return code_name(e); }, value);
}

} // namespace verbatim::wire
