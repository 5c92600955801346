#pragma once
// The lines of scp's old protocol.

#include <cstdint>
#include <optional>
#include <string_view>

namespace verbatim::files {

/// "C0644 5 name", "D0755 0 name", "E", "T...".
struct scp_line {
    char type = 0;
    std::uint32_t mode = 0;
    std::uint64_t size = 0;
    std::string_view name = {};
};

/// Without its end. None: malformed. Source: OpenSSH's scp.c, sink().
std::optional<scp_line> read_scp_line(std::string_view line);

} // namespace verbatim::files
