#pragma once

#include "files/sha256.hpp"

#include <verbatim/files/observer.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace verbatim::files {

/// One direction of an open file's content: how much passed, and its hash as long as every piece
/// begins where the one before ended.
class sftp_content {
public:
    /// A piece of content begins at this byte of the file.
    void begin(std::uint64_t offset);
    void take(byte_view bytes);

    std::uint64_t size() const noexcept { return size_; }
    std::uint64_t first() const noexcept { return first_; }
    std::uint64_t end() const noexcept { return next_; } ///< while in_order()
    bool in_order() const noexcept { return in_order_; }
    /// Empty unless in_order(); once.
    std::string digest();

private:
    std::uint64_t size_ = 0, first_ = 0, next_ = 0;
    bool in_order_ = true;
    std::optional<sha256> hash_;
};

/// A file that is open in an SFTP session.
struct sftp_file {
    file_passed told; ///< what is known from its opening
    sftp_content written, read;
    bool appends = false; ///< offsets do not count
    bool read_to_end = false;
    std::optional<std::uint64_t> size; ///< as the target said

    /// All that is known of it now; it is spent. A download that was read to its end is complete
    /// without being closed.
    file_passed finish(bool closed);
};

/// Adds a remark to `note`.
void add_note(std::string& note, std::string_view remark);

} // namespace verbatim::files
