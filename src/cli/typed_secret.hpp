#pragma once
// A secret that somebody types, or pipes in.

#include <verbatim/base/secret.hpp>
#include <verbatim/cli/command.hpp>

#include <optional>
#include <string_view>

namespace verbatim::cli {

/// Asks twice on the terminal, without echo, when stdin is one; else reads one line of it.
/// Nothing: the two differ or there is none, which stderr tells.
[[nodiscard]] std::optional<secret> ask_for_secret(const context& context, std::string_view prompt);

} // namespace verbatim::cli
