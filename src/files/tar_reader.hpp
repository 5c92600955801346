#pragma once
// Reads a tar stream while it passes.

#include <verbatim/base/bytes.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace verbatim::files {

enum class tar_kind : std::uint8_t { file, directory, symlink, hardlink, other };

struct tar_member {
    std::string path;        ///< any bytes but NUL
    std::string link_target; ///< of links
    tar_kind kind = tar_kind::file;
    std::uint64_t size = 0; ///< of the content that follows
    std::uint32_t mode = 0; ///< permission bits
};

/// What a tar_reader tells. Views are valid during the call.
class tar_handler {
public:
    virtual void begin_member(tar_member member) = 0;
    virtual void content(byte_view bytes) = 0;
    virtual void end_member() = 0;

protected:
    ~tar_handler() = default;
};

/// Shape:   headers of 512 bytes (ustar, GNU, v7), content padded to 512; GNU long names (L, K),
///          pax headers (path, linkpath, size), sizes in octal or base 256; ends with two zero
///          blocks, after which anything may follow. A lone zero block is passed over, as by
///          busybox: what one of the common programs would extract is told.
/// Refused: what programs read in different ways or what we would have to guess: sparse files,
///          several volumes, wrong checksums, links and directories with content.
/// Limits:  a name 64 KiB, a pax header 256 KiB. At most one such text is in memory.
/// Thread:  any, one at a time.
/// Source:  POSIX.1-2017 pax, GNU tar manual "Basic Tar Format".
class tar_reader {
public:
    /// False: the stream cannot be read any further; error() says why. After that, and after the
    /// archive's end, bytes are ignored.
    bool feed(byte_view bytes, tar_handler& handler);

    /// The stream ends here. False: within something; a member that began has no end_member().
    bool finish();

    /// Empty: none.
    std::string_view error() const noexcept { return error_; }

    static constexpr std::size_t block_bytes = 512;
    static constexpr std::size_t longest_name = 64 * 1024;
    static constexpr std::size_t longest_extension = 256 * 1024;

private:
    enum class state : std::uint8_t { header, extension, content, padding, ended, failed };

    std::size_t take(byte_view bytes, tar_handler& handler);
    std::size_t take_header(byte_view bytes, tar_handler& handler);
    std::size_t take_extension(byte_view bytes);
    bool read_header(tar_handler& handler);
    bool begin_extension(char type, std::uint64_t size);
    bool begin_member(char type, std::uint64_t size, tar_handler& handler);
    bool end_extension();
    bool read_pax(std::string_view records, bool global);
    bool take_record(std::string_view key, std::string_view value, bool global);
    std::string header_path() const;
    std::string_view field(std::size_t offset, std::size_t size) const;
    void skip_padding(std::uint64_t size);
    bool fail(std::string_view why);

    state state_ = state::header;
    std::array<char, block_bytes> block_{};
    std::size_t have_ = 0;    // of block_
    bool zero_block_ = false; // the block before was one
    std::uint64_t left_ = 0;  // of content, extension or padding
    std::uint64_t padding_ = 0;
    char extension_type_ = 0;
    std::string extension_;
    // For the next member.
    std::optional<std::string> long_name_, long_link_, pax_path_, pax_link_;
    std::optional<std::uint64_t> pax_size_;
    std::string error_;
};

} // namespace verbatim::files
