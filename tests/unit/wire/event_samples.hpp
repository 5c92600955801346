#pragma once
// One event of every type with every field filled.

#include <verbatim/wire/events.hpp>

#include <vector>

namespace verbatim::test {

inline wire::event_header full_header()
{
    wire::event_header header;
    header.metadata = {3, "0b7c1f0e-55b1-4f0e-8a37-0d1f7c3b6a11",
        wall_time(std::chrono::milliseconds(1772442847512)), "rec.example.net"};
    header.user = {"alice", "root", {"admin"}};
    header.session = *session_id::parse("7d0c3a52-6f0e-4c1b-9b61-2f6c1a9e8b10");
    header.server = {"f1a0c9d2", "web1", "10.0.4.17:22", {{"team", "web"}, {"env", "prod"}}};
    header.connection = {"10.0.1.5:3022", "198.51.100.7:51514", "ssh", 7};
    return header;
}

inline std::vector<wire::event> every_event(const wire::event_header& header)
{
    const auto began = header.metadata.time;
    return {wire::user_login{header, true, "local", "SSH-2.0-OpenSSH_9.2"},
        wire::auth_attempt{header, "access denied", "no such key", 4},
        wire::session_start{header, wire::terminal_size{120, 40}, {"ls -l"}, "proxy", {}},
        wire::session_join{header, "observer"}, wire::session_leave{header},
        wire::resize{header, {160, 48}},
        wire::session_end{header, true, {"alice", "bob"}, began, began + std::chrono::seconds(9),
            {"ls -l"}, "proxy", "killed", true},
        wire::session_data{header, 48213, 3120}, wire::session_reject{header, "too many", 3},
        wire::exec{header, "ls /", "1", "signal: TERM"}, wire::subsystem{header, "sftp", "refused"},
        wire::client_disconnect{header, "gone"},
        wire::port_forward{
            header, wire::port_forward::state::failed, "10.0.0.9:80", "not permitted", "::1 5"},
        wire::x11_forward{header, false, "not permitted", "127.0.0.1:6010"},
        wire::kube_request_event{header, "/api/v1/namespaces/shop/pods/cart-0", "GET", "core/v1",
            "shop", "pods", "cart-0", 403, "a-1", "kubectl/v1.33.0", "k-1", "not allowed"},
        wire::file_transfer{header, true, "tar -xmf - -C /srv", "app.conf", "cut off", 42, 0640,
            "9f86d081", "hardlink", "other.conf", false, "odd", false},
        wire::sftp{header, "/home/alice", "a.txt", "b.txt", 26,
            wire::sftp_attributes{5, 1, 2, 0100644, began, began}, wire::sftp_action::open,
            "no such file", true, 42, 0640, "9f86d081", 7, "0a0b", false, "appended", false},
        wire::recording_repaired{header, 512}, wire::events_lost{header, "stdout://", 5, 9}};
}

} // namespace verbatim::test
