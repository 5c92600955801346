#pragma once
#include <string_view>

namespace verbatim::policy {

/// `*` stands for any run of bytes, `?` for one; all else for itself. Takes at most
/// pattern * text steps, so that no pattern can be made to stall a login.
bool glob_matches(std::string_view pattern, std::string_view text) noexcept;

} // namespace verbatim::policy
