#pragma once
// One gzip member, unpacked piece by piece; says where its deflate stream stands on a byte
// boundary.

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>

#include <memory>

namespace verbatim::wire {

class gzip_member {
public:
    gzip_member();
    ~gzip_member();
    gzip_member(const gzip_member&) = delete;
    gzip_member& operator=(const gzip_member&) = delete;

    /// Forgets the member before; the next bytes begin a new one.
    void start();

    struct progress {
        std::size_t taken = 0, given = 0;
    };
    /// Takes some of `packed` and gives some bytes; stops early at the boundary of a deflate block.
    /// Errors: errc::malformed, errc::checksum_mismatch.
    [[nodiscard]] result<progress> unpack(byte_view packed, std::span<std::byte> into);

    /// Its trailer was read, and the checksum and length are right.
    bool ended() const noexcept;
    /// Between two deflate blocks and on a byte boundary, all bytes before it given.
    bool at_boundary() const noexcept;
    std::uint64_t unpacked_bytes() const noexcept;
    /// Of all bytes given so far.
    std::uint32_t crc() const noexcept;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

} // namespace verbatim::wire
