#pragma once
// The chunked transfer coding, read as it comes. Without I/O.
// Source: RFC 9112 section 7.1.

#include <verbatim/base/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace verbatim::kube {

/// Everything but data of one chunk, extensions, or all trailers: more is errc::malformed.
inline constexpr std::size_t max_chunk_line = 4096;

/// Takes chunk framing off. Keeps a few counters and never wants its input twice, so that a body
/// that pauses holds no buffer.
class chunk_decoder {
public:
    struct step {
        std::size_t consumed; ///< all of the input, but for what stands behind the body's end
        std::size_t data;     ///< so many bytes of data stand together at the input's front
    };

    /// Errors: errc::malformed; the body cannot be read further.
    [[nodiscard]] result<step> decode(std::span<std::byte> input) noexcept;

    bool done() const noexcept { return state_ == state::done; }

private:
    enum class state : std::uint8_t {
        size,      // at least one digit wanted
        more_size, // digits, an extension, or the line's end
        extension,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer_start, // a trailer's first byte, or the end
        trailer,
        trailer_lf,
        end_lf,
        done
    };
    bool take_framing(unsigned char c) noexcept;

    state state_ = state::size;
    std::uint64_t left_ = 0;
    std::size_t line_ = 0; // bytes of framing since the last data
};

} // namespace verbatim::kube
