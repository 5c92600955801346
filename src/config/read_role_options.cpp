#include "config/settings_reader.hpp"

namespace verbatim::config {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t force_command_limit = 16 * 1024;
constexpr std::chrono::seconds a_year = 8760h;

void read_boolean(map_reader& map, std::string_view key, std::optional<bool>& to)
{
    if (map.find(key) == nullptr) return;
    bool value = false;
    map.boolean(key, value);
    to = value;
}

void read_choice(map_reader& map, std::string_view key, std::optional<std::string>& to,
    std::initializer_list<std::string_view> of)
{
    std::string value;
    map.choice(key, value, of);
    if (!value.empty()) to = std::move(value);
}

bool is_map(map_reader& map, std::string_view key)
{
    const auto* value = map.find(key);
    return value != nullptr && value->what == yaml_value::kind::map;
}

// A boolean, or Teleport's {enabled: BOOLEAN}.
void read_switch(map_reader& map, std::string_view key, std::optional<bool>& to)
{
    if (!is_map(map, key)) return read_boolean(map, key, to);
    map.section(key, [&](map_reader& inner) { read_boolean(inner, "enabled", to); });
}

// A pair of switches, or one boolean for both.
void read_pair(map_reader& map, std::string_view key, std::string_view first_key,
    std::optional<bool>& first, std::string_view second_key, std::optional<bool>& second)
{
    if (map.find(key) == nullptr) return;
    if (!is_map(map, key)) {
        read_boolean(map, key, first);
        second = first;
        return;
    }
    map.section(key, [&](map_reader& inner) {
        read_switch(inner, first_key, first);
        read_switch(inner, second_key, second);
    });
}

} // namespace

void read_role_options(map_reader& map, role_options& to, findings& found)
{
    read_choice(map, "record_session", to.record_session, {"strict", "best_effort"});
    read_choice(map, "record_input", to.record_input, {"full", "off"});
    std::optional<std::string> record_port_forward;
    read_choice(map, "record_port_forward", record_port_forward, {"full", "off"});
    to.record_port_forward = record_port_forward != "off";
    read_boolean(map, "forward_agent", to.agent_forwarding);
    read_boolean(map, "permit_x11_forwarding", to.x11_forwarding);
    read_boolean(map, "port_forwarding", to.local_forwarding);
    to.remote_forwarding = to.local_forwarding;
    read_pair(
        map, "ssh_port_forwarding", "local", to.local_forwarding, "remote", to.remote_forwarding);
    read_boolean(map, "ssh_in_forward", to.ssh_in_forward);
    read_pair(map, "file_copy", "upload", to.file_upload, "download", to.file_download);
    map.number("max_sessions", to.max_sessions, 1, 1'000'000);
    map.seconds("client_idle_timeout", to.client_idle_timeout, 0s, a_year);
    map.seconds("max_session_ttl", to.max_session_ttl, 0s, a_year);
    map.boolean("disconnect_expired_cert", to.disconnect_expired_cert);
    read_methods(map, to.authentication_methods, found);
    map.boolean("verify_required", to.verify_required);
    if (const auto command = map.text("force_command")) {
        if (command->text.empty() || command->text.size() > force_command_limit ||
            command->text.find('\0') != std::string::npos)
            found.complain(command->line,
                "force_command in " + map.where() + ": a command of at most 16 KiB is needed");
        else to.force_command = command->text;
    }
}

} // namespace verbatim::config
