#include <verbatim/replay/player_keys.hpp>

namespace verbatim::replay {

namespace {

std::optional<player_key> plain_key(char c) noexcept
{
    switch (c) {
    case ' ': return player_key::pause;
    case 'q':
    case '\x03':
    case '\x04': return player_key::quit;
    case '+':
    case '=': return player_key::faster;
    case '-': return player_key::slower;
    default: return std::nullopt;
    }
}

std::optional<player_key> arrow_key(char c) noexcept
{
    if (c == 'A' || c == 'C') return player_key::forward;
    if (c == 'B' || c == 'D') return player_key::back;
    return std::nullopt;
}

} // namespace

std::vector<player_key> player_keys::feed(std::string_view bytes)
{
    std::vector<player_key> keys;
    for (const char c : bytes) {
        std::optional<player_key> key;
        if (c == '\x1b') {
            state_ = state::escape;
        } else if (state_ == state::escape && (c == '[' || c == 'O')) {
            state_ = state::arrow;
        } else if (state_ == state::arrow) {
            key = arrow_key(c);
            // Parameters of other keys ("[1;5C") go by until their final letter.
            if (c >= '@') state_ = state::ground;
        } else {
            state_ = state::ground;
            key = plain_key(c);
        }
        if (key) keys.push_back(*key);
    }
    return keys;
}

} // namespace verbatim::replay
