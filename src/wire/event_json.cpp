#include <verbatim/wire/event_json.hpp>

#include "json_writer.hpp"

namespace verbatim::wire {
namespace {

// The parts of the header that a message may or may not have (metadata and user always stand
// first). What a message has no place for follows at its end, if there is anything in it.
class line_builder {
public:
    line_builder(const event& value, std::size_t text_limit)
        : json_(text_limit), header_(header_of(value))
    {
        const auto& metadata = header_.metadata;
        json_.number("ei", metadata.index);
        json_.text("event", type_of(value));
        json_.text_if("uid", metadata.uid);
        json_.text_if("code", code_of(value));
        time("time", metadata.time);
        json_.text_if("cluster_name", metadata.cluster_name);
        json_.text_if("user", header_.user.user);
        json_.text_if("login", header_.user.login);
        json_.list_if("user_roles", header_.user.roles);
    }

    json_writer& json() { return json_; }

    // An unset time is written as Go's zero time, which is what other writers leave.
    void time(std::string_view key, wall_time value)
    {
        json_.text(key, value == wall_time{} ? "0001-01-01T00:00:00Z" : to_rfc3339(value));
    }

    line_builder& session()
    {
        has_session_ = true;
        json_.text("sid", header_.session.is_nil() ? std::string() : header_.session.to_string());
        return *this;
    }

    line_builder& server()
    {
        has_server_ = true;
        const auto& server = header_.server;
        json_.text("namespace", "default");
        json_.text("server_id", server.server_id);
        json_.text_if("server_hostname", server.server_hostname);
        json_.text_if("server_addr", server.server_addr);
        json_.map_if("server_labels", server.server_labels);
        return *this;
    }

    line_builder& connection()
    {
        has_connection_ = true;
        const auto& connection = header_.connection;
        json_.text_if("addr.local", connection.local_addr);
        json_.text_if("addr.remote", connection.remote_addr);
        json_.text_if("proto", connection.protocol);
        return *this;
    }

    line_builder& cluster()
    {
        has_cluster_ = true;
        const auto& kubernetes = header_.kubernetes;
        json_.text_if("kubernetes_cluster", kubernetes.cluster);
        json_.list_if("kubernetes_users", kubernetes.users);
        json_.list_if("kubernetes_groups", kubernetes.groups);
        json_.map_if("kubernetes_labels", kubernetes.labels);
        return *this;
    }

    line_builder& pod()
    {
        has_pod_ = true;
        const auto& kubernetes = header_.kubernetes;
        json_.text_if("kubernetes_pod_name", kubernetes.pod_name);
        json_.text_if("kubernetes_pod_namespace", kubernetes.pod_namespace);
        json_.text_if("kubernetes_container_name", kubernetes.container_name);
        json_.text_if("kubernetes_container_image", kubernetes.container_image);
        json_.text_if("kubernetes_node_name", kubernetes.node_name);
        return *this;
    }

    line_builder& status(bool success, std::string_view error, std::string_view message)
    {
        json_.boolean("success", success);
        json_.text_if("error", error);
        json_.text_if("message", message);
        return *this;
    }

    // Ends Teleport's part of the line; our own keys follow.
    void own_parts()
    {
        if (!has_session_ && !header_.session.is_nil()) session();
        if (!has_server_ &&
            !(header_.server.server_id.empty() && header_.server.server_hostname.empty()))
            server();
        if (!has_connection_) connection();
        if (!has_cluster_) cluster();
        if (!has_pod_) pod();
        if (header_.connection.connection_id != 0)
            json_.number("connection_id", header_.connection.connection_id);
    }

    std::string finish(std::optional<std::uint64_t> seq)
    {
        if (seq) json_.number("seq", *seq);
        return json_.finish();
    }

private:
    json_writer json_;
    const event_header& header_; // of the event that is being written; outlives this
    bool has_session_ = false, has_server_ = false, has_connection_ = false, has_cluster_ = false,
         has_pod_ = false;
};

void write_body(line_builder& line, const user_login& e)
{
    line.status(e.success, {}, {});
    line.json().text_if("method", e.method);
    line.json().text_if("user_agent", e.user_agent);
    line.connection().own_parts();
}

void write_body(line_builder& line, const auth_attempt& e)
{
    line.connection().status(false, e.error, e.message).server().own_parts();
    if (e.repeated > 1) line.json().number("repeated", e.repeated);
}

void write_body(line_builder& line, const session_start& e)
{
    line.session().server().connection();
    if (e.size) line.json().text("size", to_string(*e.size));
    line.cluster().pod();
    line.json().list_if("initial_command", e.initial_command);
    line.json().text_if("session_recording", e.session_recording);
    line.own_parts();
    line.json().list_if("environment", e.environment);
}

void write_body(line_builder& line, const session_join& e)
{
    line.session().server().connection().cluster().own_parts();
    line.json().text_if("mode", e.mode);
}

void write_body(line_builder& line, const session_leave& e)
{
    line.session().server().connection().own_parts();
    line.json().text_if("mode", e.mode);
    if (e.skips != 0) line.json().number("skips", e.skips);
}

void write_body(line_builder& line, const resize& e)
{
    line.session().connection().server();
    line.json().text("size", to_string(e.size));
    line.cluster().pod().own_parts();
}

void write_body(line_builder& line, const session_end& e)
{
    line.session().connection().server();
    line.json().boolean("enhanced_recording", false);
    line.json().boolean("interactive", e.interactive);
    line.json().list("participants", e.participants);
    line.time("session_start", e.start_time);
    line.time("session_stop", e.end_time);
    line.cluster().pod();
    line.json().list_if("initial_command", e.initial_command);
    line.json().text_if("session_recording", e.session_recording);
    line.own_parts();
    line.json().text_if("reason", e.reason);
    if (e.synthesised) line.json().boolean("synthesised", true);
}

void write_body(line_builder& line, const session_data& e)
{
    line.session().server().connection();
    line.json().number("tx", e.bytes_transmitted);
    line.json().number("rx", e.bytes_received);
    line.own_parts();
}

void write_body(line_builder& line, const session_reject& e)
{
    line.server().connection();
    line.json().text("reason", e.reason);
    line.json().number("max", e.maximum);
    line.own_parts();
}

void write_body(line_builder& line, const exec& e)
{
    line.connection().session().server();
    line.json().text("command", e.command);
    line.json().text_if("exitCode", e.exit_code);
    line.json().text_if("exitError", e.exit_error);
    line.cluster().pod().own_parts();
}

void write_body(line_builder& line, const subsystem& e)
{
    line.connection();
    line.json().text("name", e.name);
    line.json().text("exitError", e.exit_error);
    line.server().own_parts();
}

void write_body(line_builder& line, const client_disconnect& e)
{
    line.connection().server();
    line.json().text("reason", e.reason);
    line.own_parts();
}

void write_body(line_builder& line, const port_forward& e)
{
    line.connection().status(e.what != port_forward::state::failed, e.error, {});
    line.json().text("addr", e.address);
    line.cluster().pod().own_parts();
    line.json().text_if("originator", e.originator);
}

void write_body(line_builder& line, const x11_forward& e)
{
    line.connection().status(e.success, e.error, {});
    line.own_parts();
    line.json().text_if("originator", e.originator);
}

void write_body(line_builder& line, const kube_request_event& e)
{
    line.connection().server();
    line.json().text("request_path", e.request_path);
    line.json().text("verb", e.verb);
    line.json().text_if("resource_api_group", e.resource_api_group);
    line.json().text_if("resource_namespace", e.resource_namespace);
    line.json().text_if("resource_kind", e.resource_kind);
    line.json().text_if("resource_name", e.resource_name);
    line.json().number("response_code", std::int64_t{e.response_code});
    line.cluster().session().own_parts();
    line.json().text_if("audit_id", e.audit_id);
    line.json().text_if("user_agent", e.user_agent);
    line.json().text_if("kubectl_session", e.kubectl_session);
    line.json().text_if("refused", e.refused);
}

std::string octal(std::uint32_t mode)
{
    std::string digits;
    for (; mode != 0 || digits.size() < 4; mode >>= 3)
        digits.insert(digits.begin(), static_cast<char>('0' + (mode & 7)));
    return digits;
}

void write_body(line_builder& line, const file_transfer& e)
{
    line.connection().session().server();
    line.json().text("command", e.command);
    line.json().text_if("exitError", e.error);
    line.json().text("path", e.path);
    line.json().text("action", e.upload ? "upload" : "download");
    line.own_parts();
    line.json().number("len", e.len);
    line.json().text("mode", octal(e.mode));
    line.json().text_if("sha256", e.sha256);
    line.json().text("kind", e.kind);
    line.json().text_if("link_target", e.link_target);
    line.json().boolean("complete", e.complete);
    line.json().text_if("note", e.note);
}

void write_attributes(line_builder& line, const sftp_attributes& e)
{
    auto& json = line.json();
    const auto number = [&](std::string_view key, auto value) {
        if (value) json.number(key, std::uint64_t{*value});
    };
    const auto time = [&](std::string_view key, auto value) {
        if (value) line.time(key, *value);
    };
    if (!e.file_size && !e.uid && !e.gid && !e.permissions && !e.access_time &&
        !e.modification_time)
        return;
    json.begin_object("attributes");
    number("file_size", e.file_size);
    number("uid", e.uid);
    number("gid", e.gid);
    number("permissions", e.permissions);
    time("access_time", e.access_time);
    time("modification_time", e.modification_time);
    json.end_object();
}

void write_body(line_builder& line, const sftp& e)
{
    line.connection().session().server();
    line.json().text("working_directory", e.working_directory);
    line.json().text("path", e.path);
    line.json().text_if("target_path", e.target_path);
    if (e.flags != 0) line.json().number("flags", std::uint64_t{e.flags});
    write_attributes(line, e.attributes);
    line.json().number("action", static_cast<std::uint64_t>(e.action));
    line.json().text_if("error", e.error);
    line.own_parts();
    const bool is_open = e.action == sftp_action::open;
    if (is_open) {
        line.json().text("transfer", e.upload ? "upload" : "download");
        line.json().number("len", e.len);
        if (e.mode != 0) line.json().text("mode", octal(e.mode));
        line.json().text_if("sha256", e.sha256);
        if (e.read_len != 0) line.json().number("read_len", e.read_len);
        line.json().text_if("read_sha256", e.read_sha256);
    }
    if (is_open || !e.complete) line.json().boolean("complete", e.complete);
    line.json().text_if("note", e.note);
}

void write_body(line_builder& line, const recording_repaired& e)
{
    line.session().server().connection().own_parts();
    line.json().number("bytes_dropped", e.bytes_dropped);
}

void write_body(line_builder& line, const events_lost& e)
{
    line.server().own_parts();
    line.json().text("sink", e.sink);
    line.json().number("first", e.first);
    line.json().number("last", e.last);
}

// At this limit the twenty-odd texts of a header, each six times as long by escapes and with twins,
// fit a line.
constexpr std::size_t smallest_text_limit = 64;

} // namespace

std::string to_json_line(const event& value, std::optional<std::uint64_t> seq)
{
    for (std::size_t limit = max_line_text_bytes;; limit /= 2) {
        line_builder line(value, limit);
        std::visit([&](const auto& e) { write_body(line, e); }, value);
        auto text = line.finish(seq);
        if (text.size() < max_line_bytes || limit <= smallest_text_limit) return text;
    }
}

} // namespace verbatim::wire
