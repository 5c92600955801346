#pragma once
// Heads of HTTP/1 messages, parsed as a whole. Without I/O.

#include "kube/http.hpp"

namespace verbatim::kube {

/// More than any client sends; a head's memory is bounded by it and max_head_bytes.
inline constexpr std::size_t max_head_fields = 256;

/// How long the head at the front of `bytes` is, with its empty line; 0 while it is not whole.
/// `scanned` is where the last call stopped: 0 at first.
std::size_t find_head_end(byte_view bytes, std::size_t& scanned) noexcept;

/// What a head says of the message around it.
struct message_facts {
    body_framing framing;
    bool keep_alive = true;
};

/// Parse exactly one whole head. Stricter than RFC 9112 lets us be: lines end with CRLF alone and
/// are never folded, values hold no control characters, a length is said once and in one way, the
/// only transfer coding is chunked, and a request names one host.
/// Errors: errc::malformed; errc::out_of_range: more than max_head_fields.
[[nodiscard]] result<message_facts> parse_head(byte_view whole, request_head& into);
/// `to_head`: it answers a HEAD request.
[[nodiscard]] result<message_facts> parse_head(byte_view whole, response_head& into, bool to_head);

} // namespace verbatim::kube
