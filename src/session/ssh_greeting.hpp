#pragma once

#include <verbatim/base/bytes.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace verbatim::session {

/// Looks for an SSH identification string ("SSH-2.0-", "SSH-1.99-"; RFC 4253, section 4.2) in what
/// passes through a forward: whoever finds one there sees a session that would go by unrecorded.
/// Either side may say it, after whatever else: lines of the server's own, or the answers of a
/// SOCKS or HTTP proxy that stands before it. So it is looked for anywhere at the beginning, which
/// finds pages that only quote one, too. Without I/O; thread: one.
class ssh_greeting {
public:
    /// Later than this it is content.
    static constexpr std::size_t searched_bytes = 8 * 1024;

    /// The next bytes of a direction, cut anywhere. True once it has been seen.
    bool feed(bool from_client, byte_view bytes);

private:
    /// What of "SSH-", digits, ".", digits, "-" the bytes before the next one are.
    enum class matched : std::uint8_t { nothing, s, ss, ssh, dash, major, dot, minor, all };
    static matched after(matched before, char next);

    struct direction {
        std::size_t seen = 0;
        matched so_far = matched::nothing;
    };
    std::array<direction, 2> directions_;
    bool found_ = false;
};

} // namespace verbatim::session
