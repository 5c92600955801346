#include "config/settings_reader.hpp"

#include "config/names.hpp"

#include <verbatim/base/text.hpp>

namespace verbatim::config {
namespace {

using namespace std::chrono_literals;

void read_known(map_reader& map, std::string_view key, std::vector<std::string>& to,
    std::span<const std::string_view> known, findings& found)
{
    const std::vector<std::string> names(known.begin(), known.end());
    const auto given = map.texts(key);
    if (!given.empty()) to.clear();
    for (const auto& one : given) {
        if (std::find(to.begin(), to.end(), one.text) != to.end())
            found.complain(one.line, std::string(key) + " in " + map.where() + ": '" + one.text +
                                         "' stands there twice");
        else if (std::find(names.begin(), names.end(), one.text) != names.end())
            to.push_back(one.text);
        else {
            auto message = std::string(key) + " in " + map.where() + ": unknown or unsafe '" +
                           escape_for_log(one.text, 80) + "'";
            const auto near = nearest(one.text, names);
            if (!near.empty()) message += "; did you mean '" + near + "'?";
            found.complain(one.line, std::move(message));
        }
    }
}

// A URI's path, absolute; `why` when the scheme is not in this build or the path is not one.
bool is_file_uri(std::string_view uri, std::string& why)
{
    constexpr std::string_view scheme = "file://";
    if (!uri.starts_with(scheme)) {
        why = '\'' + escape_for_log(uri, 80) + "': this build writes to file:///absolute/path only";
        return false;
    }
    if (uri.size() <= scheme.size() || uri[scheme.size()] != '/') {
        why = '\'' + escape_for_log(uri, 80) + "' needs an absolute path: file:///var/lib/...";
        return false;
    }
    if (uri.find_first_of("?#%") != std::string_view::npos) {
        why = '\'' + escape_for_log(uri, 80) + "': '?', '#' and '%' have no meaning in a path here";
        return false;
    }
    return true;
}

void read_stores(map_reader& map, settings& to, findings& found)
{
    std::string why;
    if (const auto uri = map.text("audit_sessions_uri")) {
        if (is_file_uri(uri->text, why)) to.audit_sessions_uri = uri->text;
        else map.complain("audit_sessions_uri", why);
    }
    for (const auto& uri : map.texts("audit_events_uri")) {
        if (uri.text == "stdout://" || is_file_uri(uri.text, why))
            to.audit_events_uri.push_back(uri.text);
        else found.complain(uri.line, "audit_events_uri in the file: " + why + " or stdout://");
    }
}

void read_recording(map_reader& map, settings& to)
{
    const auto later = [&](std::string_view key, std::string& value, std::string_view not_yet,
                           std::string_view use) {
        if (value != not_yet) return;
        map.complain(key, "'" + value + "' is not in this build; use " + std::string(use));
    };
    map.choice("session_recording", to.session_recording, {"proxy", "proxy-sync", "off"});
    later("session_recording", to.session_recording, "proxy-sync", "proxy");
    map.choice("record_session", to.record_session, {"strict", "best_effort"});
    map.choice("record_input", to.record_input, {"full", "masked", "off"});
    later("record_input", to.record_input, "masked", "full or off");
}

void read_version(map_reader& map, findings& found)
{
    const auto version = map.text("version");
    if (!version) found.complain(0, "`version: 1` is missing");
    else if (version->text != "1")
        map.complain("version", '\'' + escape_for_log(version->text, 20) +
                                    "' is not a version this program reads; it reads 1");
}

void read_top(map_reader& map, settings& to)
{
    if (map.text("cluster_name", to.cluster_name) && !is_plain_name(to.cluster_name))
        map.complain("cluster_name", "letters, digits, '.', '_' and '-' are possible here");
    if (std::string path; map.text("data_dir", path)) {
        to.data_dir = path;
        if (!to.data_dir.is_absolute()) map.complain("data_dir", "an absolute path is needed");
    }
    if (map.text("public_addr", to.public_addr)) {
        std::string host, why;
        std::uint16_t port = 0;
        if (!parse_target_address(to.public_addr, host, port, why))
            map.complain("public_addr", why);
    }
    map.byte_count("free_space_floor", to.free_space_floor_bytes);
    map.seconds("drain_timeout", to.drain_timeout, 0s, 24h);
    map.number("loops", to.loops, 0, 256);
}

} // namespace

std::optional<listen_address> read_listen(map_reader& map)
{
    const auto given = map.text("listen");
    if (!given) return std::nullopt;
    std::string why;
    auto address = parse_listen_address(given->text, why);
    if (!address) map.complain("listen", why);
    return address;
}

void read_ssh(map_reader& root, ssh_settings& to, findings& found)
{
    root.section("ssh", [&](map_reader& map) {
        to.listen = read_listen(map);
        read_known(map, "ciphers", to.ciphers, known_ciphers(), found);
        read_known(map, "target_ciphers", to.target_ciphers, known_ciphers(), found);
        read_known(map, "macs", to.macs, known_macs(), found);
        read_known(map, "kex", to.kex, known_key_exchanges(), found);
        read_known(map, "target_kex", to.target_kex, known_key_exchanges(), found);
        read_known(map, "host_key_types", to.host_key_types, known_host_key_types(), found);
        map.seconds("login_grace_time", to.login_grace_time, 1s, 1h);
        map.number("max_unauthenticated", to.max_unauthenticated, 1, 100'000);
        map.number("max_unauthenticated_per_source", to.max_unauthenticated_per_source, 1, 100'000);
        map.number("max_auth_tries", to.max_auth_tries, 1, 100);
        map.number("max_sessions_per_connection", to.max_sessions_per_connection, 1, 10'000);
        map.seconds("dial_timeout", to.dial_timeout, 1s, 10min);
        map.seconds("keepalive_interval", to.keepalive_interval, 0s, 24h);
        map.choice("target_host_keys", to.target_host_keys, {"strict", "accept-new"});
        read_login(map, to, found);
    });
}

void read_settings(const yaml_value& root, settings& to, cross_checks& checks, findings& found)
{
    if (root.what == yaml_value::kind::null) {
        found.complain(0, "the file is empty; it needs at least `version: 1`");
        return;
    }
    if (root.what != yaml_value::kind::map) {
        found.complain(root.line, "keys with values are needed, such as `version: 1`");
        return;
    }
    map_reader map(root, "the file", found);
    read_version(map, found);
    read_top(map, to);
    read_ssh(map, to.ssh, found);
    read_kubernetes(map, to.kubernetes, found);
    read_web(map, to.web);
    read_recording(map, to);
    read_stores(map, to, found);
    read_roles(map, to, found);
    read_targets(map, to, found);
    read_users(map, to, checks, found);
    read_shared_sessions(map, to, found);
    map.finish();
}

} // namespace verbatim::config
