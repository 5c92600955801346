#pragma once
// Percent-encoding (RFC 3986 section 2.1).

#include <optional>
#include <string>
#include <string_view>

namespace verbatim::wire {

/// What `text` stands for; none: an escape is not two hexadecimal digits, or there is a byte that
/// URIs do not have (controls, space, DEL, beyond ASCII).
std::optional<std::string> decode_percent(std::string_view text, bool plus_is_space);

/// Escapes all but unreserved characters and those in `also_plain`.
void append_percent(std::string& to, std::string_view raw, std::string_view also_plain);

} // namespace verbatim::wire
