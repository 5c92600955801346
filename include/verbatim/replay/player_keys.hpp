#pragma once
// A player's keyboard.

#include <verbatim/replay/playback.hpp>

#include <string_view>
#include <vector>

namespace verbatim::replay {

/// Space pauses; right and up seek forward, left and down back; + and - change the speed; q, Ctrl-C
/// and Ctrl-D quit. Arrow keys may come in pieces, in either of their two forms. Others: nothing.
class player_keys {
public:
    std::vector<player_key> feed(std::string_view bytes);

private:
    enum class state { ground, escape, arrow } state_ = state::ground;
};

} // namespace verbatim::replay
