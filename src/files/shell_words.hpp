#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim::files {

struct shell_word {
    std::string text;             ///< without its quotes
    bool pattern = false;         ///< has something that a shell may replace by file names
    bool leading_pattern = false; ///< so from its first character on: it may become anything
};

/// The words of a command line that is one program and its arguments to every common shell. None:
/// it is more than that, or might be: lists, pipes, redirections, substitutions, assignments,
/// comments, several lines, unfinished quotes.
/// Source: POSIX.1-2017, Shell Command Language, sections 2.2, 2.3, 2.6 and 2.10.
std::optional<std::vector<shell_word>> split_shell_words(std::string_view line);

} // namespace verbatim::files
