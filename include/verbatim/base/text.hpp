#pragma once
// Text made safe to show, to log and to put into JSON.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>

#include <span>
#include <string>
#include <string_view>

namespace verbatim {

bool is_utf8(std::string_view text) noexcept;

/// Valid UTF-8 stays, every other byte becomes `\xNN`. (A literal backslash stays single: the raw
/// bytes travel beside it where it matters.)
std::string to_printable_utf8(std::string_view raw);

/// For operators' logs and one-line messages: as above, and control characters become `\xNN` too;
/// cut to `limit` bytes with "..." appended.
std::string escape_for_log(std::string_view raw, std::size_t limit = 200);

std::string to_base64(byte_view bytes);
/// Errors: errc::malformed. Standard alphabet, padding optional.
[[nodiscard]] result<byte_buffer> from_base64(std::string_view text);
std::string to_hex(byte_view bytes);

/// The arguments as a POSIX shell would need them typed to pass on these very bytes: words of plain
/// characters bare, all others in single quotes.
std::string shell_joined(std::span<const std::string> arguments);

} // namespace verbatim
