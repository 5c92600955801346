#pragma once

#include <string>
#include <string_view>

namespace verbatim::server {

/// The command line for a target where `forced` runs instead of what the user `asked` for (empty: a
/// shell), which it finds in SSH_ORIGINAL_COMMAND as with OpenSSH's ForceCommand.
/// The variable stands in the line itself, since sshd takes no such variable from clients. It is
/// left out where some shell (csh, fish) could take the quoted text for more than text.
std::string forced_command_line(std::string_view forced, std::string_view asked);

} // namespace verbatim::server
