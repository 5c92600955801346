#pragma once
// The typed events. One value serves both books: the audit log (JSON, wire/event_json.hpp) and the
// recording (protobuf, wire/recording_codec.hpp).
// Source: Teleport's documented audit log; names and codes as there.

#include <verbatim/base/clock.hpp>
#include <verbatim/base/ids.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace verbatim::wire {

struct terminal_size {
    std::uint32_t columns = 0, rows = 0;
    auto operator<=>(const terminal_size&) const = default;
};

/// "W:H", the form of `size` fields.
std::string to_string(terminal_size size);

// Text below may hold any bytes (a peer chose some of it). The JSON form writes what is not UTF-8
// as
// `\xNN` with the raw bytes, base64, in a twin key with the suffix `_raw`.

struct event_metadata {
    std::int64_t index = 0; ///< `ei`: rises within a session; 0 outside of one
    std::string uid;        ///< a random UUID; empty: the audit log fills it
    wall_time time{};       ///< whole milliseconds; zero: the audit log fills it
    std::string cluster_name;
};

struct user_metadata {
    std::string user;  ///< the proxy's user
    std::string login; ///< the account at the target
    std::vector<std::string> roles;
};

struct server_metadata {
    std::string server_id; ///< always present in JSON
    std::string server_hostname;
    std::string server_addr;
    std::map<std::string, std::string> server_labels;
};

struct connection_metadata {
    std::string local_addr, remote_addr;
    std::string protocol; ///< "ssh" or "kube"
    std::uint64_t connection_id =
        0; ///< ours: several sessions may share a connection; 0 is left out
};

struct kubernetes_metadata {
    std::string cluster;
    std::vector<std::string> users, groups;
    std::map<std::string, std::string> labels;
    std::string pod_name, pod_namespace, container_name, container_image, node_name;
};

/// What every event carries; empty parts are left out of JSON and protobuf.
struct event_header {
    event_metadata metadata;
    user_metadata user;
    session_id session; ///< nil: none
    server_metadata server;
    connection_metadata connection;
    kubernetes_metadata kubernetes;
};

struct user_login {
    event_header header;
    bool success = true; ///< T1000I; failures are `auth_attempt`
    std::string method = "local";
    std::string user_agent; ///< the client's SSH identification string
};
struct auth_attempt { // auth, T3007W: failures only
    event_header header;
    std::string error;
    std::string message;
    std::uint64_t repeated =
        1; ///< ours: how many such attempts of this source the event stands for
};
struct session_start { // T2000I
    event_header header;
    std::optional<terminal_size> size; ///< absent without a pty
    std::vector<std::string> initial_command;
    std::string session_recording = "proxy";
    std::vector<std::string> environment; ///< ours: "NAME=value", as the client asked for them
};
struct session_join { // T2001I
    event_header header;
    std::string mode; ///< ours: observer, peer, moderator
};
struct session_leave { // T2003I
    event_header header;
    std::string mode;        ///< ours: as above
    std::uint64_t skips = 0; ///< ours: how often it was skipped forward, since it did not keep up
};
struct resize { // T2002I
    event_header header;
    terminal_size size;
};
struct session_end { // T2004I
    event_header header;
    bool interactive = false;
    std::vector<std::string> participants;
    wall_time start_time{}, end_time{};
    std::vector<std::string> initial_command;
    std::string session_recording = "proxy";
    std::string reason;       ///< ours: why it ended, in words ("" = the usual way)
    bool synthesised = false; ///< ours: written by the repair at the next start
};
struct session_data { // T2006I; ei = 2147483646
    event_header header;
    std::uint64_t bytes_transmitted = 0; ///< tx: to the client
    std::uint64_t bytes_received = 0;    ///< rx: from the client
};
struct session_reject { // session.rejected, T1006W
    event_header header;
    std::string reason;
    std::int64_t maximum = 0;
};
struct exec { // T3002I (T3002E when exit_error is set)
    event_header header;
    std::string command;
    std::string exit_code;  ///< decimal; empty when there is none
    std::string exit_error; ///< e.g. "signal: TERM"
};
struct subsystem { // T3001I/E
    event_header header;
    std::string name;
    std::string exit_error;
};
struct client_disconnect { // T3006I
    event_header header;
    std::string reason;
};
struct port_forward { // port: T3003I start, T3003S stop, T3003E refused or failed
    event_header header;
    enum class state { start, stop, failed } what = state::start;
    std::string address; ///< where to: "10.0.0.9:80", "port 8080"
    std::string error;
    std::string
        originator; ///< who connected, as the side that opened the channel says; may be empty
};
struct x11_forward { // x11-forward: T3008I, T3008W refused or failed
    event_header header;
    bool success = true;
    std::string error;
    std::string originator; ///< as above
};
/// kube.request, T3009I: one request to a cluster's API server. (wire::kube_request is the request
/// itself.)
struct kube_request_event {
    event_header header;
    std::string request_path;
    std::string verb; ///< the HTTP method
    std::string resource_api_group, resource_namespace, resource_kind, resource_name;
    std::int32_t response_code = 0; ///< 0: there was none
    std::string audit_id;           ///< ours: under which the API server's own log has it
    std::string user_agent;         ///< ours
    std::string kubectl_session;    ///< ours: the client's mark for all requests of one command
    std::string refused;            ///< ours: why the proxy did not pass it on; empty: it did
};
/// scp: a file that passed by scp, rsync or tar. T3004I download, T3005I upload (T3004E, T3005E
/// when error is set); T3010E where it is not permitted.
struct file_transfer {
    event_header header;
    bool upload = false; ///< as the client sees it
    std::string command; ///< that carried it
    std::string path;
    std::string error;
    // Ours:
    std::uint64_t len = 0;   ///< bytes of content that passed
    std::uint32_t mode = 0;  ///< permission bits; JSON has them in octal ("0644")
    std::string sha256;      ///< lower-case hexadecimal, of these bytes; empty: no content
    std::string kind;        ///< "file", "directory", "symlink", "hardlink", "other"
    std::string link_target; ///< of links
    bool complete = true;    ///< false: the stream ended within it
    std::string note;        ///< what else is odd about it
    bool refused = false;
};
/// What SFTP's packets call it; the numbers of both them and the events' codes.
enum class sftp_action : std::uint32_t {
    none = 0, ///< not known, or not one thing
    open = 1,
    setstat = 7,
    fsetstat = 8,
    opendir = 9,
    remove = 11,
    mkdir = 12,
    rmdir = 13,
    rename = 16,
    symlink = 18,
    link = 19
};
struct sftp_attributes {
    std::optional<std::uint64_t> file_size;
    std::optional<std::uint32_t> uid, gid, permissions;
    std::optional<wall_time> access_time, modification_time;
};
/// sftp: a file that was open, once it is closed; or one thing done to files, once it is answered.
/// TS001I for a file, TS0nnI by the action's number (with E for I when error is set); TS020E where
/// it is not permitted.
struct sftp {
    event_header header;
    std::string working_directory; ///< in which relative paths begin, where it is known
    std::string path;
    std::string target_path;    ///< a new name, or where a link points to
    std::uint32_t flags = 0;    ///< of its opening
    sftp_attributes attributes; ///< that were set
    sftp_action action = sftp_action::none;
    std::string error;
    // Ours, and but for `note` of files that were open only:
    bool upload = false;        ///< as the client sees it
    std::uint64_t len = 0;      ///< bytes of content that passed
    std::uint32_t mode = 0;     ///< permission bits; 0: not known
    std::string sha256;         ///< of these bytes; empty: they did not pass in order
    std::uint64_t read_len = 0; ///< bytes read from a file that was written, too
    std::string read_sha256;
    bool complete = true; ///< false: it was not closed, or not answered
    std::string note;
    bool refused = false;
};
struct recording_repaired { // ours: verbatim.recording.repaired, TV001W
    event_header header;
    std::uint64_t bytes_dropped = 0;
};
struct events_lost { // ours: verbatim.events.lost, TV002E: a best-effort sink had to drop
    event_header header;
    std::string sink;
    std::uint64_t first = 0, last = 0; ///< `seq` numbers, inclusive
};

using event =
    std::variant<user_login, auth_attempt, session_start, session_join, session_leave, resize,
        session_end, session_data, session_reject, exec, subsystem, client_disconnect, port_forward,
        x11_forward, kube_request_event, file_transfer, sftp, recording_repaired, events_lost>;

event_header& header_of(event& value);
const event_header& header_of(const event& value);
/// "session.start" and so on.
std::string_view type_of(const event& value);
/// "T2000I" and so on.
std::string_view code_of(const event& value);

} // namespace verbatim::wire
