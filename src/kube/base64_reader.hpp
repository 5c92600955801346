#pragma once

#include <verbatim/base/bytes.hpp>
#include <verbatim/base/result.hpp>

#include <string>

namespace verbatim::kube {

/// Decodes base64 that comes in pieces. Memory: what one piece decodes to.
class base64_reader {
public:
    /// The bytes that are whole with this piece, all with the last one; valid until the next call.
    /// Errors: errc::malformed.
    [[nodiscard]] result<byte_view> feed(byte_view piece, bool last);

private:
    std::string text_; // not yet decoded
    byte_buffer bytes_;
};

} // namespace verbatim::kube
