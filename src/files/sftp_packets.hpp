#pragma once
// Cuts one direction of an SFTP conversation into packets.

#include <verbatim/base/bytes.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace verbatim::files {

/// Packet types of version 3.
namespace sftp {
inline constexpr std::uint8_t init = 1, version = 2, open = 3, close = 4, read = 5, write = 6,
                              lstat = 7, fstat = 8, setstat = 9, fsetstat = 10, opendir = 11,
                              readdir = 12, remove = 13, mkdir = 14, rmdir = 15, realpath = 16,
                              stat = 17, rename = 18, readlink = 19, symlink = 20, status = 101,
                              handle = 102, data = 103, name = 104, attrs = 105, extended = 200,
                              extended_reply = 201;
} // namespace sftp

/// Views are valid until the next call.
struct sftp_piece {
    enum class kind : std::uint8_t {
        packet,  ///< a whole packet, or the first `longest_kept` bytes of an answer
        data,    ///< the beginning of a packet with a file's content
        content, ///< the next bytes of that
    };
    kind what;
    std::uint8_t type;     ///< of the packet
    std::string_view body; ///< after the type; of `data` up to its content
    byte_view content;
};

/// Reads:    packets of a 4-byte length, a type and a body. WRITE (to the server) and DATA (from
///           it) are handed on while they pass.
/// Refused:  an empty packet; more than `longest_packet`; a file's data longer than its packet.
/// Limits:   256 KiB of one packet are in memory, of an answer 16 KiB.
/// Thread:   any, one at a time.
/// Source:   draft-ietf-secsh-filexfer-02, sections 3 and 6.
class sftp_packets {
public:
    explicit sftp_packets(bool to_server) : to_server_(to_server) {}

    /// Takes from `bytes` up to the end of the next piece. None: all were taken, and more are
    /// needed; or error() says why there will be no more.
    std::optional<sftp_piece> next(byte_view& bytes);

    /// How many bytes were taken, and how many before the packet of the last piece.
    std::uint64_t taken() const noexcept { return taken_; }
    std::uint64_t packet_begin() const noexcept { return packet_begin_; }

    /// Empty: none.
    std::string_view error() const noexcept { return error_; }
    bool within_packet() const noexcept { return state_ != state::length || !head_.empty(); }

    static constexpr std::uint32_t longest_request = 256 * 1024; ///< OpenSSH's server takes no more
    static constexpr std::uint32_t longest_packet = 16 * 1024 * 1024; ///< with content; answers
    static constexpr std::uint32_t longest_kept = 16 * 1024;
    static constexpr std::uint32_t longest_handle = 256;

private:
    enum class state : std::uint8_t { length, head, content, rest };

    void pass(byte_view& bytes, std::size_t size);
    bool collect(byte_view& bytes, std::size_t wanted);
    bool begin_packet();
    std::size_t wanted_head();
    std::optional<sftp_piece> end_head();
    void fail(std::string_view why);
    bool is_data() const noexcept;

    bool to_server_;
    state state_ = state::length;
    std::string head_;
    std::uint32_t length_ = 0;  // of the packet
    std::uint32_t content_ = 0; // still to come
    std::uint32_t rest_ = 0;    // still to be skipped
    std::uint8_t type_ = 0;
    std::uint64_t taken_ = 0, packet_begin_ = 0;
    std::string error_;
};

} // namespace verbatim::files
