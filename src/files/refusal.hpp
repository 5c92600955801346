#pragma once

#include <verbatim/files/observer.hpp>

#include <string>
#include <string_view>

namespace verbatim::files {

/// The user's line for a transfer in a direction that is not permitted.
std::string_view refusal_line(direction way);
/// The same for what cannot be read while a direction is not permitted.
std::string not_understood_line(permitted may);

/// The entry that says why the rest of a stream is not understood.
file_passed not_understood(direction way, std::string_view why);

} // namespace verbatim::files
