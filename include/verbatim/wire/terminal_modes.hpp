#pragma once
// The encoded terminal modes of a pty-req.
// Source: RFC 4254, section 8; RFC 8160 for IUTF8.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim::wire::ssh {

struct terminal_mode {
    std::uint8_t opcode = 0;
    std::uint32_t argument = 0;
    auto operator<=>(const terminal_mode&) const = default;
};

/// Checks the shape without allocating: opcodes 1 to 159 with a 4-byte argument each; 0 ends the
/// list, and so do opcodes from 160 on, which the RFC leaves undefined. A list that simply ends is
/// fine (several clients send an empty one); what follows an end is not looked at, as sshd.
bool are_well_formed(byte_view modes) noexcept;

/// The modes in their order.
/// Errors: errc::truncated when the list ends inside an argument.
[[nodiscard]] result<std::vector<terminal_mode>> decode_modes(byte_view modes);

/// "VINTR", "ECHO", "TTY_OP_ISPEED" and so on; empty for an opcode without a name.
std::string_view mode_name(std::uint8_t opcode) noexcept;

/// For display: "VINTR=3 ECHO=1 ...", unknown opcodes by number, "(malformed)" at a cut argument.
std::string describe_modes(byte_view modes);

} // namespace verbatim::wire::ssh
