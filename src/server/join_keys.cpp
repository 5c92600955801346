#include "server/join_keys.hpp"

#include <utility>

namespace verbatim::server {
namespace {

join_keys::action::kind meaning_of(char key)
{
    using kind = join_keys::action::kind;
    switch (key) {
    case 'l':
    case 'q':
    case '.': return kind::leave;
    case 't': return kind::terminate;
    case 'p': return kind::pause;
    case 'g': return kind::go_on;
    case 'h':
    case '?': return kind::help;
    default: return kind::unknown;
    }
}

} // namespace

std::vector<join_keys::action> join_keys::feed(std::string_view typed)
{
    std::vector<action> out;
    const auto add_text = [&](std::string_view text) {
        if (text.empty()) return;
        if (out.empty() || out.back().what != action::kind::text)
            out.push_back({action::kind::text, {}});
        out.back().text += text;
    };
    while (!typed.empty()) {
        if (std::exchange(escaped_, false)) {
            // Twice is the key itself, for the session.
            if (typed.front() == escape_) add_text(typed.substr(0, 1));
            else out.push_back({meaning_of(typed.front())});
            typed.remove_prefix(1);
            continue;
        }
        const auto at = std::min(typed.find(escape_), typed.size());
        add_text(typed.substr(0, at));
        typed.remove_prefix(at);
        if (typed.empty()) break;
        typed.remove_prefix(1);
        escaped_ = true;
    }
    return out;
}

std::string name_of_key(char escape)
{
    constexpr char control = 0x40;
    return std::string("Ctrl-") + static_cast<char>(escape ^ control);
}

} // namespace verbatim::server
