#pragma once

#include <verbatim/files/observer.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace verbatim::files {

/// A request to an SFTP server, as far as its files are concerned. Views are of the packet.
struct sftp_request {
    enum class role : std::uint8_t {
        harmless, ///< asks, or arranges what is no file's content
        open,
        close,
        read,
        write,
        copy, ///< on the target, from `handle` to `target`
        act,  ///< does `what` to files
    };

    role does = role::harmless;
    action what = action::unknown;
    std::uint32_t id = 0;
    std::string_view handle;
    std::string_view path, target; ///< target: the new name, or where a link points to
    std::uint64_t offset = 0;
    std::uint32_t flags = 0;
    attributes attrs;
    bool changes = false; ///< the target's files
    bool reveals = false; ///< their content
    bool guessed = false; ///< not known: taken to do both
};

/// A packet of version 3 or of an extension of OpenSSH's; of WRITE, up to its content. None: it is
/// malformed, so that its server cannot be sure of it either.
/// Source: draft-ietf-secsh-filexfer-02, section 6; OpenSSH PROTOCOL, section 4.
std::optional<sftp_request> read_sftp_request(std::uint8_t type, std::string_view body);

/// The words for a status; for 0 none.
std::string_view sftp_status(std::uint32_t code);

} // namespace verbatim::files
