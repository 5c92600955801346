#pragma once

#include <verbatim/base/bytes.hpp>

#include <array>
#include <cstddef>

namespace verbatim::session {

/// Looks for an SSH identification string (RFC 4253, section 4.2) in what passes through a forward:
/// whoever finds one there sees a session that would go by unrecorded. Either side may say it,
/// the server after lines of its own. Without I/O; thread: one.
class ssh_greeting {
public:
    /// Later than this a line that looks like one is content.
    static constexpr std::size_t searched_bytes = 8 * 1024;

    /// The next bytes of a direction, cut anywhere. True once it has been seen.
    bool feed(bool from_client, byte_view bytes);

private:
    struct direction {
        std::size_t seen = 0;
        std::size_t matched = 0; ///< of "SSH-2.", at the beginning of a line
        bool in_line = false;    ///< within a line that is none
    };
    std::array<direction, 2> directions_;
    bool found_ = false;
};

} // namespace verbatim::session
