#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace verbatim::replay {

/// A JSON string of `utf8` (which must be UTF-8), with its quotes; controls, DEL and C1 are always
/// `\uNNNN`, so that the text can be shown as it is.
void append_json_string(std::string& out, std::string_view utf8);

/// `"key":value` after a comma where one is due.
void append_json_number(std::string& out, std::string_view key, std::int64_t value);

} // namespace verbatim::replay
