#pragma once
// The truth about files: what a session's bytes say about the files they carry, read while they
// pass. An observer never delays bytes nor changes their number; what it cannot read it flags.
// Where copying in a direction is not permitted it says which bytes make of a request one that the
// target refuses, or when the session has to end.

#include <verbatim/base/bytes.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace verbatim::files {

enum class direction : std::uint8_t { upload, download }; ///< as the client sees it

/// Copying that roles permit. Upload means everything that changes the target's files.
struct permitted {
    bool upload = true, download = true;
    /// A terminal is between the client and the program: what the program reads may be other bytes
    /// than those that pass, as the client's terminal modes have it.
    bool over_terminal = false;
    bool everything() const noexcept { return upload && download; }
};

/// What was done. All but `transfer` are told by SFTP alone.
enum class action : std::uint8_t {
    transfer, ///< content passed through scp, rsync or tar
    open,     ///< a file was open: its content, if any, has passed
    setstat,
    fsetstat,
    opendir,
    remove,
    mkdir,
    rmdir,
    rename,
    symlink,
    link,
    unknown
};

/// What SFTP calls attributes, as far as they were given.
struct attributes {
    std::optional<std::uint64_t> size;
    std::optional<std::uint32_t> uid, gid, permissions;
    std::optional<std::uint32_t> access_time, modification_time; ///< seconds since 1970

    bool empty() const noexcept
    {
        return !size && !uid && !gid && !permissions && !access_time && !modification_time;
    }
};

/// One file that has passed, or as much of it as there was; or one thing done to a file.
struct file_passed {
    direction way = direction::upload;
    action what = action::transfer;
    std::string path;        ///< as the protocol names it; any bytes
    std::string kind;        ///< "file", "directory", "symlink", "hardlink", "other"
    std::string link_target; ///< of links; the new name of what was renamed
    std::uint64_t size = 0;  ///< bytes of content that passed
    std::uint32_t mode = 0;  ///< permission bits
    /// Lower-case hexadecimal, of the bytes that passed; files only. Empty where they did not pass
    /// one after the other.
    std::string sha256;
    bool complete = true; ///< false: the stream ended within it
    /// Why it failed; or, of kind "other" without a path, why the rest of the stream is not
    /// understood: then nothing follows.
    std::string error;
    std::string note;     ///< what else is odd about it
    bool refused = false; ///< it is not permitted
    // SFTP:
    bool of_sftp = false;
    std::uint32_t flags = 0;     ///< of its opening
    attributes attrs;            ///< that were set
    std::string folder;          ///< in which paths begin, once known
    std::uint64_t read_size = 0; ///< bytes read from a file that was written, too
    std::string read_sha256;     ///< of these
};

/// A byte that must be another one.
struct edit {
    std::size_t at; ///< in what was fed last
    std::byte value;
};

/// Follows one session. Thread: the session's loop.
class observer {
public:
    virtual ~observer() = default;

    /// Bytes from the client (upload) or from the target's standard output (download), in order,
    /// before they go on. What became whole with them is appended to `passed`. Bounded work and
    /// memory.
    virtual void feed(direction way, byte_view bytes, std::vector<file_passed>& passed) = 0;

    /// What to change in the bytes fed last before they go on. Valid until the next call.
    virtual std::span<const edit> edits() const noexcept { return {}; }

    /// The session has ended: what is still open is told as incomplete.
    virtual void end(std::vector<file_passed>& passed) = 0;

    /// Not empty: why the session has to end before the bytes just fed go on, or, before any were
    /// fed, why it must not start. In words for the user.
    virtual std::string_view refusal() const noexcept { return {}; }
};

/// The observer for a command given as a list of arguments (`kubectl exec`), or none if it is no
/// file transfer. Recognised is only what is nothing else as well: `tar`, `scp -t` and `-f`,
/// `rsync --server` or `sftp-server` alone, or the one pipe that `kubectl cp --retries` runs.
std::unique_ptr<observer> observe_arguments(
    std::span<const std::string> arguments, permitted may = {});

/// The same for a line that a shell will read. A line with anything in it that could make a shell
/// do more than run that one program is none; or, where not everything is permitted and it may
/// start a program for copying files, one that refuses it.
std::unique_ptr<observer> observe_command(std::string_view command_line, permitted may = {});

/// The same for a subsystem.
std::unique_ptr<observer> observe_subsystem(std::string_view name, permitted may = {});

} // namespace verbatim::files
