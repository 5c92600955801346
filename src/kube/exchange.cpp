#include "kube/exchange.hpp"

#include <verbatim/wire/remote_command.hpp>

#include <boost/asio/use_awaitable.hpp>

namespace verbatim::kube {

namespace asio = boost::asio;

std::string upstream_target(const exchange& of)
{
    auto out = wire::encode_kube_path(of.facts.what.path);
    if (of.trailing_slash && !out.ends_with('/')) out += '/';
    if (!of.query.pairs().empty()) out += '?' + of.query.to_string();
    return out;
}

namespace {

void set_status(response_head& head, std::string& body, const refusal& with)
{
    body = wire::remote_command::http_status(with.code, with.reason, with.message) + "\n";
    head = {};
    head.status = with.code;
    head.reason = with.reason;
    head.fields.add("Content-Type", "application/json");
    if (with.code == 401) head.fields.add("WWW-Authenticate", "Bearer realm=\"verbatim\"");
}

} // namespace

asio::awaitable<bool> answer_whole(client_side& client, const exchange& of, response_head head,
    std::string body, std::string refused)
{
    auto telling = client.owner.answered(of.facts, head.status, refused);
    if (const auto told = co_await std::move(telling); !told)
        set_status(head, body,
            {503, "ServiceUnavailable",
                "the audit log cannot be written: the proxy passes nothing on until it can"});
    const bool again = client.http.body_done() && client.http.keep_alive();
    std::ignore = reframe(head, {body_framing::kind::sized, body.size()}, of.head);
    head.fields.set("Content-Length", std::to_string(body.size()));
    if (!again) head.fields.add("Connection", "close");
    byte_buffer out;
    if (!append_head(out, head)) co_return false;
    if (of.head.method != "HEAD") append(out, as_bytes(body));
    auto writing = client.stream.write(out);
    const auto written = co_await std::move(writing);
    co_return written.has_value() && again;
}

asio::awaitable<bool> answer_status(
    client_side& client, const exchange& of, refusal with, std::string refused)
{
    response_head head;
    std::string body;
    set_status(head, body, with);
    auto answering = answer_whole(client, of, std::move(head), std::move(body), std::move(refused));
    co_return co_await std::move(answering);
}

body_framing reframe(response_head& answer, body_framing from, const request_head& request)
{
    using kind = body_framing::kind;
    for (const auto& named : answer.fields.list("Connection"))
        if (!same_name(named, "Content-Length")) answer.fields.remove(named); // it frames the body
    for (const auto* hop : {"Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding",
             "Trailer", "Upgrade", "Proxy-Authenticate"})
        answer.fields.remove(hop);
    answer.version = 11;
    if (from.how == kind::none || from.how == kind::sized) return from;
    answer.fields.remove("Content-Length");
    // Where the length is not known a client of HTTP/1.0 learns the end by the connection's.
    if (request.version < 11) return {kind::until_close, 0};
    answer.fields.add("Transfer-Encoding", "chunked");
    return {kind::chunked, 0};
}

} // namespace verbatim::kube
