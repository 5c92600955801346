#pragma once
// The truth about files: what a session's bytes say about the files they carry, read while they
// pass. An observer never changes, delays or refuses bytes; what it cannot read it flags.

#include <verbatim/base/bytes.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim::files {

enum class direction : std::uint8_t { upload, download }; ///< as the client sees it

/// One file that has passed, or as much of it as there was.
struct file_passed {
    direction way;
    std::string path;        ///< as the protocol names it; any bytes
    std::string kind;        ///< "file", "directory", "symlink", "hardlink", "other"
    std::string link_target; ///< of links
    std::uint64_t size = 0;  ///< bytes of content that passed
    std::uint32_t mode = 0;  ///< permission bits
    std::string sha256;      ///< lower-case hexadecimal, of the bytes that passed; files only
    bool complete = true;    ///< false: the stream ended within it
    std::string error;       ///< why the rest of the stream is not understood; then nothing follows
};

/// Follows one session. Thread: the session's loop.
class observer {
public:
    virtual ~observer() = default;

    /// Bytes from the client (upload) or from the target's standard output (download), in order.
    /// What became whole with them is appended to `passed`. Bounded work and memory.
    virtual void feed(direction way, byte_view bytes, std::vector<file_passed>& passed) = 0;

    /// The session has ended: what is still open is told as incomplete.
    virtual void end(std::vector<file_passed>& passed) = 0;
};

/// The observer for a command given as a list of arguments (`kubectl exec`), or none if it is no
/// file transfer. Recognised is only what is nothing else as well: `tar` alone, or the one pipe
/// that `kubectl cp --retries` runs.
std::unique_ptr<observer> observe_arguments(std::span<const std::string> arguments);

} // namespace verbatim::files
