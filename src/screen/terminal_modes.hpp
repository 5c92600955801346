#pragma once

#include "screen/control_sequence.hpp"

#include <map>
#include <string>
#include <string_view>

namespace verbatim::screen {

/// What programs set that changes nothing of what is drawn: what the terminal's keys and mouse
/// send, how the cursor looks. Thread: one.
class terminal_modes {
public:
    void see_escape(std::string_view intermediates, char final);
    void see_control(const control_sequence& sequence);

    /// Brings any terminal to what this begins with; and from there to what this is.
    static std::string reset();
    std::string paint() const;

private:
    void set(int mode, bool on);

    bool keypad_ = false;
    std::map<int, bool> private_; // those that are not as reset() leaves them
    int cursor_shape_ = 0;
};

} // namespace verbatim::screen
