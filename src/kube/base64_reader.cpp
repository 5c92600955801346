#include "kube/base64_reader.hpp"

#include <verbatim/base/text.hpp>

namespace verbatim::kube {

result<byte_view> base64_reader::feed(byte_view piece, bool last)
{
    text_ += as_text(piece);
    // Groups of four characters stand for themselves; only the last may be padded.
    const auto whole = last ? text_.size() : text_.size() / 4 * 4;
    const auto now = std::string_view(text_).substr(0, whole);
    if (!last && now.find('=') != std::string_view::npos && text_.size() > whole)
        return errc::malformed;
    auto decoded = from_base64(now);
    if (!decoded) return decoded.error();
    bytes_ = std::move(*decoded);
    text_.erase(0, whole);
    return byte_view(bytes_);
}

} // namespace verbatim::kube
