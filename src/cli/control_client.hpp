#pragma once

#include <verbatim/cli/command.hpp>
#include <verbatim/wire/control.hpp>

#include <filesystem>

namespace verbatim::cli {

/// Asks the running proxy of this configuration one thing by its control socket. Its output and
/// errors are written as they come; the answer is the exit code.
[[nodiscard]] int ask_proxy(const context& context, const wire::control::request& what);

/// The same for what lasts: the keyboard goes to the proxy, key by key, and so do changes of the
/// terminal's size. Without a terminal only output passes. Fills in `what.terminal`.
[[nodiscard]] int converse_with_proxy(const context& context, wire::control::request what);

} // namespace verbatim::cli
