#pragma once
// One request on its way, and the client's side that it came from.

#include "kube/buffered_reader.hpp"
#include "kube/http.hpp"

#include <verbatim/kube/connection.hpp>
#include <verbatim/net/byte_stream.hpp>
#include <verbatim/net/task_group.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>

namespace verbatim::kube {

/// What one client connection consists of. Outlives its exchanges.
struct client_side {
    net::byte_stream& stream;
    buffered_reader& buffered;
    http_reader& http;
    connection_owner& owner;
    const connection_limits& limits;
    logger& log;
    net::task_group& tasks;
};

struct exchange {
    request_head head;
    request_facts facts;
    wire::kube_query query;
    permission permitted;
    bool trailing_slash = false; ///< meant something only behind .../proxy/
};

/// Path and query as they are sent upstream: encoded anew from what was judged.
std::string upstream_target(const exchange& of);

/// Answers with a Status object of the proxy's own; its event first. `refused` goes into the event.
/// True if the connection may carry another request.
[[nodiscard]] boost::asio::awaitable<bool> answer_status(
    client_side& client, const exchange& of, refusal with, std::string refused);

/// Gives an answer with a body that is whole already; its event first. As above.
[[nodiscard]] boost::asio::awaitable<bool> answer_whole(client_side& client, const exchange& of,
    response_head head, std::string body, std::string refused);

/// Removes what belongs to one hop alone from an answer, and says how its body goes to this client.
body_framing reframe(response_head& answer, body_framing from, const request_head& request);

} // namespace verbatim::kube
