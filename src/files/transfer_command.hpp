#pragma once

#include "files/shell_words.hpp"

#include <verbatim/files/observer.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace verbatim::files {

/// A program at the target's end of a file transfer.
struct transfer_command {
    enum class program : std::uint8_t { sftp_server, scp, rsync };

    program what;
    /// Of scp and rsync. None: its options are not understood, so that the direction is not known.
    std::optional<direction> way;
    bool removes = false;           ///< rsync: the files it sends, or writes others
    std::vector<std::string> paths; ///< as the command names them
    bool exact_paths = true;        ///< false: a shell may make others of them
};

/// Understands `scp -t`, `scp -f`, `rsync --server` and `sftp-server`. None: anything else.
/// Source: OpenSSH's scp.c; rsync's options.c (server_options).
std::optional<transfer_command> parse_transfer_command(std::span<const shell_word> words);

} // namespace verbatim::files
