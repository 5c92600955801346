#pragma once
// The fields of SFTP packets.

#include <verbatim/files/observer.hpp>

#include <cstdint>
#include <string_view>

namespace verbatim::files {

/// Big-endian; reads 4 bytes.
inline std::uint32_t load_u32(const char* from) noexcept
{
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(from[i]);
    return value;
}

/// Reads fields one after the other. After a field that is not there all others are empty, and
/// ok() is false. Views are of the text it was made from.
class sftp_fields {
public:
    explicit sftp_fields(std::string_view body) : rest_(body) {}

    bool ok() const noexcept { return ok_; }

    std::uint32_t u32()
    {
        const auto four = take(4);
        return ok_ ? load_u32(four.data()) : 0;
    }

    std::uint64_t u64()
    {
        const std::uint64_t high = u32();
        return high << 32 | u32();
    }

    std::string_view text() { return take(u32()); }

    /// Source: draft-ietf-secsh-filexfer-02, section 5.
    attributes attrs()
    {
        attributes out;
        const auto given = u32();
        if ((given & 1) != 0) out.size = u64();
        if ((given & 2) != 0) {
            out.uid = u32();
            out.gid = u32();
        }
        if ((given & 4) != 0) out.permissions = u32();
        if ((given & 8) != 0) {
            out.access_time = u32();
            out.modification_time = u32();
        }
        return out; // what extensions add follows, and nothing after it is read
    }

private:
    std::string_view take(std::size_t size)
    {
        if (!ok_ || size > rest_.size()) {
            ok_ = false;
            return {};
        }
        const auto out = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return out;
    }

    std::string_view rest_;
    bool ok_ = true;
};

} // namespace verbatim::files
