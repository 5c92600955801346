#include "wire/recording_event.hpp"

#include <verbatim/base/text.hpp>

#include <algorithm>
#include <charconv>
#include <type_traits>

namespace verbatim::wire {
namespace {

void set_time(::events::Timestamp& out, wall_time time)
{
    auto since = time.time_since_epoch();
    auto whole = std::chrono::floor<std::chrono::seconds>(since);
    out.set_seconds(whole.count());
    out.set_nanos(static_cast<std::int32_t>((since - whole).count()));
}

void set_labels(google::protobuf::RepeatedPtrField<::events::Label>& out,
    const std::map<std::string, std::string>& labels)
{
    for (const auto& [key, value] : labels) {
        auto& label = *out.Add();
        label.set_key(to_printable_utf8(key));
        label.set_value(to_printable_utf8(value));
    }
}

std::map<std::string, std::string> labels_of(
    const google::protobuf::RepeatedPtrField<::events::Label>& labels)
{
    std::map<std::string, std::string> out;
    for (const auto& label : labels) out.emplace(label.key(), label.value());
    return out;
}

/// Other readers want UTF-8; the bytes as they were follow in a field of ours where they differ.
void set_command(google::protobuf::RepeatedPtrField<std::string>& printable,
    google::protobuf::RepeatedPtrField<std::string>& raw, const std::vector<std::string>& command)
{
    for (const auto& word : command) *printable.Add() = to_printable_utf8(word);
    if (std::ranges::all_of(command, [](const std::string& word) { return is_utf8(word); })) return;
    for (const auto& word : command) *raw.Add() = word;
}

std::vector<std::string> strings_of(const google::protobuf::RepeatedPtrField<std::string>& from)
{
    return {from.begin(), from.end()};
}

void set_metadata(::events::Metadata& out, const event_metadata& from, std::string_view type,
    std::string_view code, std::int64_t at_us)
{
    out.set_index(from.index);
    out.set_type(std::string(type));
    out.set_id(from.uid);
    out.set_code(std::string(code));
    set_time(*out.mutable_time(), from.time);
    out.set_cluster_name(to_printable_utf8(from.cluster_name));
    out.set_at_us(at_us);
}

void set_user(::events::UserMetadata& out, const user_metadata& from)
{
    out.set_user(to_printable_utf8(from.user));
    out.set_login(to_printable_utf8(from.login));
    if (!is_utf8(from.login)) out.set_login_raw(from.login);
    for (const auto& role : from.roles) out.add_user_roles(to_printable_utf8(role));
}

void set_server(::events::ServerMetadata& out, const server_metadata& from)
{
    out.set_server_namespace("default");
    out.set_server_id(from.server_id);
    out.set_server_hostname(to_printable_utf8(from.server_hostname));
    out.set_server_addr(to_printable_utf8(from.server_addr));
    set_labels(*out.mutable_server_labels(), from.server_labels);
}

void set_connection(::events::ConnectionMetadata& out, const connection_metadata& from)
{
    out.set_local_addr(from.local_addr);
    out.set_remote_addr(from.remote_addr);
    out.set_protocol(from.protocol);
    out.set_connection_id(from.connection_id);
}

template <class Message>
void set_kubernetes(Message& out, const kubernetes_metadata& from)
{
    if (from.cluster.empty()) return;
    auto& cluster = *out.mutable_kubernetes_cluster();
    cluster.set_kubernetes_cluster(to_printable_utf8(from.cluster));
    for (const auto& user : from.users) cluster.add_kubernetes_users(to_printable_utf8(user));
    for (const auto& group : from.groups) cluster.add_kubernetes_groups(to_printable_utf8(group));
    set_labels(*cluster.mutable_kubernetes_labels(), from.labels);
    if constexpr (requires { out.mutable_kubernetes_pod(); }) {
        auto& pod = *out.mutable_kubernetes_pod();
        pod.set_kubernetes_pod_name(to_printable_utf8(from.pod_name));
        pod.set_kubernetes_pod_namespace(to_printable_utf8(from.pod_namespace));
        pod.set_kubernetes_container_name(to_printable_utf8(from.container_name));
        pod.set_kubernetes_container_image(to_printable_utf8(from.container_image));
        pod.set_kubernetes_node_name(to_printable_utf8(from.node_name));
    }
}

template <class Message>
void set_header(Message& out, const event_header& from, std::string_view type,
    std::string_view code, std::int64_t at_us)
{
    set_metadata(*out.mutable_metadata(), from.metadata, type, code, at_us);
    set_user(*out.mutable_user(), from.user);
    if (!from.session.is_nil()) out.mutable_session()->set_session_id(from.session.to_string());
    set_server(*out.mutable_server(), from.server);
    set_connection(*out.mutable_connection(), from.connection);
    if constexpr (requires { out.mutable_kubernetes_cluster(); })
        set_kubernetes(out, from.kubernetes);
}

kubernetes_metadata kubernetes_of(
    const ::events::KubernetesClusterMetadata& cluster, const ::events::KubernetesPodMetadata& pod)
{
    return {cluster.kubernetes_cluster(), strings_of(cluster.kubernetes_users()),
        strings_of(cluster.kubernetes_groups()), labels_of(cluster.kubernetes_labels()),
        pod.kubernetes_pod_name(), pod.kubernetes_pod_namespace(), pod.kubernetes_container_name(),
        pod.kubernetes_container_image(), pod.kubernetes_node_name()};
}

template <class Message>
event_header header_from(const Message& from)
{
    event_header out;
    const auto& metadata = from.metadata();
    out.metadata = {
        metadata.index(), metadata.id(), from_message(metadata.time()), metadata.cluster_name()};
    const auto& user = from.user();
    out.user = {user.user(), user.login_raw().empty() ? user.login() : user.login_raw(),
        strings_of(user.user_roles())};
    if (auto id = session_id::parse(from.session().session_id())) out.session = *id;
    const auto& server = from.server();
    out.server = {server.server_id(), server.server_hostname(), server.server_addr(),
        labels_of(server.server_labels())};
    const auto& connection = from.connection();
    out.connection = {connection.local_addr(), connection.remote_addr(), connection.protocol(),
        connection.connection_id()};
    if constexpr (requires { from.kubernetes_pod(); })
        out.kubernetes = kubernetes_of(from.kubernetes_cluster(), from.kubernetes_pod());
    else if constexpr (requires { from.kubernetes_cluster(); })
        out.kubernetes = kubernetes_of(from.kubernetes_cluster(), {});
    return out;
}

std::string size_text(terminal_size size)
{
    return std::to_string(size.columns) + ':' + std::to_string(size.rows);
}

std::optional<terminal_size> size_from(std::string_view text)
{
    terminal_size size;
    auto colon = text.find(':');
    if (colon == text.npos) return std::nullopt;
    auto read = [](std::string_view digits, std::uint32_t& into) {
        auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), into);
        return error == std::errc{} && end == digits.data() + digits.size();
    };
    if (!read(text.substr(0, colon), size.columns) || !read(text.substr(colon + 1), size.rows))
        return std::nullopt;
    return size;
}

void fill(::events::SessionStart& out, const session_start& from, std::int64_t at_us)
{
    set_header(out, from.header, "session.start", "T2000I", at_us);
    if (from.size) out.set_terminal_size(size_text(*from.size));
    set_command(
        *out.mutable_initial_command(), *out.mutable_initial_command_raw(), from.initial_command);
    out.set_session_recording(from.session_recording);
    for (const auto& variable : from.environment) out.add_environment(variable);
}

void fill(::events::SessionEnd& out, const session_end& from, std::int64_t at_us)
{
    set_header(out, from.header, "session.end", "T2004I", at_us);
    out.set_interactive(from.interactive);
    for (const auto& who : from.participants) out.add_participants(to_printable_utf8(who));
    set_time(*out.mutable_start_time(), from.start_time);
    set_time(*out.mutable_end_time(), from.end_time);
    set_command(
        *out.mutable_initial_command(), *out.mutable_initial_command_raw(), from.initial_command);
    out.set_session_recording(from.session_recording);
    out.set_reason(to_printable_utf8(from.reason));
    out.set_synthesised(from.synthesised);
}

template <class Message>
std::vector<std::string> command_from(const Message& from)
{
    return strings_of(
        from.initial_command_raw().empty() ? from.initial_command() : from.initial_command_raw());
}

session_start start_from(const ::events::SessionStart& from)
{
    return {header_from(from), size_from(from.terminal_size()), command_from(from),
        from.session_recording(), strings_of(from.environment())};
}

session_end end_from(const ::events::SessionEnd& from)
{
    return {header_from(from), from.interactive(), strings_of(from.participants()),
        from_message(from.start_time()), from_message(from.end_time()), command_from(from),
        from.session_recording(), from.reason(), from.synthesised()};
}

} // namespace

bool to_message(const event& value, std::int64_t at_us, ::events::OneOf& out)
{
    return std::visit(
        [&](const auto& e) {
            using kind = std::decay_t<decltype(e)>;
            if constexpr (std::is_same_v<kind, session_start>)
                fill(*out.mutable_session_start(), e, at_us);
            else if constexpr (std::is_same_v<kind, session_end>)
                fill(*out.mutable_session_end(), e, at_us);
            else if constexpr (std::is_same_v<kind, session_join>) {
                auto& join = *out.mutable_session_join();
                set_header(join, e.header, "session.join", "T2001I", at_us);
                join.set_mode(e.mode);
            } else if constexpr (std::is_same_v<kind, session_leave>)
                set_header(
                    *out.mutable_session_leave(), e.header, "session.leave", "T2003I", at_us);
            else if constexpr (std::is_same_v<kind, resize>) {
                set_header(*out.mutable_resize(), e.header, "resize", "T2002I", at_us);
                out.mutable_resize()->set_terminal_size(size_text(e.size));
            } else return false;
            return true;
        },
        value);
}

event from_message(const ::events::OneOf& message)
{
    switch (message.event_case()) {
    case ::events::OneOf::kSessionStart: return start_from(message.session_start());
    case ::events::OneOf::kSessionEnd: return end_from(message.session_end());
    case ::events::OneOf::kSessionJoin:
        return session_join{header_from(message.session_join()), message.session_join().mode()};
    case ::events::OneOf::kSessionLeave:
        return session_leave{header_from(message.session_leave()), {}, 0};
    default:
        return resize{header_from(message.resize()),
            size_from(message.resize().terminal_size()).value_or(terminal_size{})};
    }
}

wall_time from_message(const ::events::Timestamp& time)
{
    // Years 1 to 9999 are legal there; what 64-bit nanoseconds cannot hold is as good as absent.
    constexpr std::int64_t limit = 9'000'000'000;
    if (time.seconds() < -limit || time.seconds() > limit) return {};
    return wall_time{std::chrono::seconds(time.seconds()) + std::chrono::nanoseconds(time.nanos())};
}

} // namespace verbatim::wire
