#include "config/settings_reader.hpp"

#include <verbatim/base/text.hpp>

namespace verbatim::config {
namespace {

void read_modes(map_reader& map, std::vector<std::string>& to, findings& found)
{
    for (auto& mode : map.texts("modes")) {
        if (mode.text == "observer" || mode.text == "peer" || mode.text == "moderator")
            to.push_back(std::move(mode.text));
        else
            found.complain(
                mode.line, in_quotes(mode.text) + " is none of: observer, peer, moderator");
    }
}

void read_kinds(map_reader& map, session_kinds& to, findings& found)
{
    const auto kinds = map.texts("kinds");
    if (!kinds.empty()) to = {false, false};
    for (const auto& kind : kinds) {
        if (kind.text == "ssh") to.ssh = true;
        else if (kind.text == "k8s") to.kubernetes = true;
        else if (kind.text == "*") to = {};
        else found.complain(kind.line, in_quotes(kind.text) + " is none of: ssh, k8s");
    }
}

void read_requirement(map_reader& map, access_conditions& to, findings& found)
{
    join_requirement out;
    map.text("name", out.name);
    std::string why;
    const auto filter = map.text("filter");
    if (!filter) found.complain(map.line(), map.where() + " needs a filter");
    else if (!party_filter::parse(filter->text, out.filter, why))
        found.complain(filter->line, "filter in " + map.where() + ": " + why);
    read_kinds(map, out.kinds, found);
    read_modes(map, out.modes, found);
    if (out.modes.empty()) out.modes = {"moderator"};
    map.number("count", out.count, 1, 100);
    std::string on_leave = "terminate";
    map.choice("on_leave", on_leave, {"terminate", "pause"});
    out.pause_on_leave = on_leave == "pause";
    to.require_session_join.push_back(std::move(out));
}

} // namespace

void read_session_joining(
    map_reader& map, access_conditions& to, bool with_requirements, findings& found)
{
    map.each("join_sessions", "rule", [&](map_reader& rule) {
        join_rule out;
        std::string ignored; // a name is for people
        rule.text("name", ignored);
        rule.texts("roles", out.roles);
        if (out.roles.empty()) out.roles = {"*"};
        read_kinds(rule, out.kinds, found);
        read_modes(rule, out.modes, found);
        to.join_sessions.push_back(std::move(out));
    });
    if (!with_requirements) return;
    map.each("require_session_join", "rule",
        [&](map_reader& rule) { read_requirement(rule, to, found); });
}

void read_shared_sessions(map_reader& root, settings& to, findings& found)
{
    root.section("shared_sessions", [&](map_reader& map) {
        auto& sharing = to.shared_sessions;
        map.boolean("tell", sharing.tell);
        std::string size = "smallest";
        map.choice("size", size, {"smallest", "owner"});
        sharing.smallest = size == "smallest";
        const auto escape = map.text("escape");
        if (!escape) return;
        // "^]": a control key, as ssh and telnet write it.
        const auto& text = escape->text;
        constexpr char control = 0x40;
        if (text.size() == 2 && text[0] == '^' && text[1] > '@' && text[1] <= '_')
            sharing.escape = static_cast<char>(text[1] ^ control);
        else
            found.complain(escape->line, "escape in shared_sessions: " + in_quotes(text) +
                                             " is not a control key such as \"^]\" or \"^B\"");
    });
}

} // namespace verbatim::config
