#include "server/forced_command.hpp"

#include <verbatim/base/text.hpp>

#include <algorithm>
#include <array>

namespace verbatim::server {
namespace {

// Quoted, it must fit a packet.
constexpr std::size_t longest_asked = 16 * 1024;

// Between single quotes these are no plain text to every shell: fish knows the backslash there,
// csh the exclamation mark and the line's end.
bool is_plain_text(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0x20 && byte != 0x7f && c != '\\' && c != '!';
    });
}

} // namespace

std::string forced_command_line(std::string_view forced, std::string_view asked)
{
    if (asked.empty() || asked.size() > longest_asked || !is_plain_text(asked))
        return std::string(forced);
    const std::array<std::string, 6> words{"exec", "env",
        "SSH_ORIGINAL_COMMAND=" + std::string(asked), "/bin/sh", "-c", std::string(forced)};
    return shell_joined(words);
}

} // namespace verbatim::server
