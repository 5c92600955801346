#include <verbatim/wire/remote_command.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace verbatim::wire::remote_command {
namespace {

constexpr std::array<std::pair<std::string_view, version>, 4> spdy_versions{{
    {"v4.channel.k8s.io", version::v4},
    {"v3.channel.k8s.io", version::v3},
    {"v2.channel.k8s.io", version::v2},
    {"channel.k8s.io", version::v1},
}};

constexpr subprotocol websocket_v5{"v5.channel.k8s.io", version::v5, false};
constexpr std::array<subprotocol, 4> websocket_others{{
    {"v4.channel.k8s.io", version::v4, false},
    {"v4.base64.channel.k8s.io", version::v4, true},
    {"channel.k8s.io", version::v1, false},
    {"base64.channel.k8s.io", version::v1, true},
}};

// Header lines may be lists: calls `visit` for each name until it returns true.
template <class Visitor>
bool any_name(std::span<const std::string> lines, Visitor visit)
{
    constexpr std::string_view blanks = " \t";
    for (std::string_view line : lines)
        for (bool more = true; more;) {
            const auto comma = line.find(',');
            auto name = line.substr(0, comma);
            more = comma != line.npos;
            line.remove_prefix(more ? comma + 1 : line.size());
            name.remove_prefix(std::min(name.find_first_not_of(blanks), name.size()));
            name = name.substr(0, name.find_last_not_of(blanks) + 1);
            if (!name.empty() && visit(name)) return true;
        }
    return false;
}

} // namespace

std::optional<version> choose_spdy(std::span<const std::string> offered)
{
    std::optional<version> chosen;
    any_name(offered, [&](std::string_view name) {
        for (const auto& [known, protocol] : spdy_versions)
            if (name == known) chosen = protocol;
        return chosen.has_value();
    });
    return chosen;
}

std::string_view spdy_name(version v)
{
    for (const auto& [name, protocol] : spdy_versions)
        if (protocol == v) return name;
    return websocket_v5.name;
}

std::optional<subprotocol> choose_websocket(std::span<const std::string> offered)
{
    if (any_name(offered, [](std::string_view name) { return name == websocket_v5.name; }))
        return websocket_v5;
    std::optional<subprotocol> chosen;
    bool any = false;
    any_name(offered, [&](std::string_view name) {
        any = true;
        for (const auto& known : websocket_others)
            if (name == known.name) chosen = known;
        return chosen.has_value();
    });
    return any ? chosen : subprotocol{};
}

} // namespace verbatim::wire::remote_command
