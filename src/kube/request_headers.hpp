#pragma once
// Whose request it is: what a client says of that is taken away, what the proxy knows is put in.

#include "kube/http.hpp"

#include <verbatim/base/result.hpp>
#include <verbatim/kube/connection.hpp>

#include <string>

namespace verbatim::kube {

/// Removes what belongs to this hop alone, what says who the client is, and what the proxy says
/// itself. Before impersonate(), or a client's Connection header could take that away again.
/// Content-Length stays, even if Connection names it: the body's framing depends on it.
void strip(request_head& head);

/// Adds Impersonate-User, -Group, -Uid, -Extra-session-id (where there is a session), Audit-ID.
/// Errors: errc::malformed: no user (the API server would take the request for the proxy's own),
/// or a value that would not arrive as it is. Then the head must not be sent.
[[nodiscard]] result<void> impersonate(
    request_head& head, const permission& as, const request_facts& request);

/// kubectl --as and its like.
bool asks_impersonation(const request_head& head);

/// The bearer token, from Authorization or, as browsers must, from a WebSocket sub-protocol; empty:
/// there is none. Errors: errc::malformed, also where there are several that differ.
[[nodiscard]] result<std::string> bearer_of(const request_head& head);

/// Sec-WebSocket-Protocol's elements without the token.
std::vector<std::string> subprotocols_of(const request_head& head);

} // namespace verbatim::kube
