#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace verbatim::files {

/// What a command does with a tar stream on its standard input or output.
struct tar_command {
    bool extracts = false;        ///< reads a stream (an upload); else it writes one
    bool compressed = false;      ///< with gzip
    std::uint64_t first_byte = 1; ///< of a download: where in the stream it begins, from 1
};

/// Understands `tar` with the options that change neither what its stream is nor what it names,
/// and the one pipe of `kubectl cp --retries`. Anything else is none: what we do not know might do
/// something else with the bytes.
std::optional<tar_command> parse_tar_command(std::span<const std::string> arguments);

} // namespace verbatim::files
