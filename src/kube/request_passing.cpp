#include "kube/request_passing.hpp"

#include "kube/request_headers.hpp"
#include "kube/upstream.hpp"

#include <verbatim/net/deadline.hpp>

#include <boost/asio/use_awaitable.hpp>

namespace verbatim::kube {

namespace asio = boost::asio;

void client_watch::begin(std::function<void()> gone)
{
    gone_ = std::move(gone);
    if (given_up_) return gone_();
    if (watching_ || !client_.buffered.available().empty()) return;
    watching_ = true;
    client_.tasks.spawn("kube: watch the client", watch());
}

void client_watch::give_up()
{
    given_up_ = true;
    if (gone_) gone_();
}

asio::awaitable<void> client_watch::watch()
{
    auto filling = client_.buffered.fill();
    seen_ = co_await std::move(filling);
    watching_ = false;
    if (!seen_ && gone_) gone_();
    changed_.wake();
}

asio::awaitable<result<void>> client_watch::next_request()
{
    if (!client_.buffered.available().empty()) co_return result<void>{};
    if (!watching_) {
        watching_ = true;
        client_.tasks.spawn("kube: wait for a request", watch());
    }
    while (watching_) {
        auto waiting = changed_.wait();
        co_await std::move(waiting);
    }
    co_return seen_;
}

namespace {

// For a client that neither sends on nor leaves after its request was answered early.
constexpr std::chrono::milliseconds late_body{1'000};

constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

/// The way of a request's body to the cluster, while its answer may already be coming.
class upload {
public:
    upload(client_side& client, client_watch& watch, net::byte_stream& to, bool expects_continue)
        : client_(client), watch_(watch), to_(to), expects_continue_(expects_continue)
    {}

    void begin(body_framing framing)
    {
        framing_ = framing;
        if (client_.http.body_done()) return watch_.begin([this] { to_.close(); });
        running_ = true;
        client_.tasks.spawn("kube: request body", run());
    }
    bool running() const noexcept { return running_; }

    /// Once the cluster's side is closed it ends with the client's next piece.
    asio::awaitable<void> join()
    {
        while (running_) {
            auto waiting = finished_.wait();
            co_await std::move(waiting);
        }
    }

private:
    asio::awaitable<void> run()
    {
        bool reading_failed = false;
        result<void> passed;
        if (expects_continue_) {
            auto writing = client_.stream.write(as_bytes(go_on));
            passed = co_await std::move(writing);
        }
        if (passed) {
            auto passing = pass_body(client_.http, to_, framing_, reading_failed);
            passed = co_await std::move(passing);
        }
        // A client that broke off has no use for the answer; a cluster that reads no further may
        // still have said why.
        if (!passed && reading_failed) to_.close();
        else if (passed) watch_.begin([this] { to_.close(); });
        running_ = false;
        finished_.wake();
    }

    client_side& client_;
    client_watch& watch_;
    net::byte_stream& to_;
    bool expects_continue_;
    body_framing framing_;
    bool running_ = false;
    net::waiter finished_;
};

struct sent_request {
    upstream_connection_pointer connection;
    result<response_head> answer = errc::closed;
};

bool may_be_repeated(const exchange& of, bool has_body)
{
    return !has_body && (of.head.method == "GET" || of.head.method == "HEAD");
}

} // namespace

asio::awaitable<bool> pass_answer(
    client_side& client, const exchange& of, http_reader& from, response_head answer)
{
    auto telling = client.owner.answered(of.facts, answer.status, {});
    if (const auto told = co_await std::move(telling); !told) {
        auto refusing = answer_status(client, of,
            {503, "ServiceUnavailable", "the audit log cannot be written"}, "no audit log");
        std::ignore = co_await std::move(refusing);
        co_return false;
    }
    const auto framing = reframe(answer, from.framing(), of.head);
    const bool again = client.http.body_done() && client.http.keep_alive() &&
                       framing.how != body_framing::kind::until_close;
    if (!again) answer.fields.add("Connection", "close");
    byte_buffer head;
    if (!append_head(head, answer)) co_return false;
    auto writing = client.stream.write(head);
    if (const auto written = co_await std::move(writing); !written) co_return false;
    bool reading_failed = false;
    auto passing = pass_body(from, client.stream, framing, reading_failed);
    const auto passed = co_await std::move(passing);
    // A body that broke off must not look whole: the connection is cut.
    co_return passed.has_value() && again;
}

namespace {

asio::awaitable<sent_request> send(
    client_side& client, const exchange& of, byte_view head, bool fresh, std::string& why)
{
    sent_request out;
    auto connecting = of.permitted.to->connect(fresh, why);
    auto connected = co_await std::move(connecting);
    if (!connected) {
        out.answer = connected.error();
        co_return out;
    }
    out.connection = std::move(*connected);
    auto writing = out.connection->stream->write(head);
    if (const auto written = co_await std::move(writing); !written) {
        out.answer = written.error();
        why = "the cluster closed the connection";
        if (!out.connection->reused) client.log.debug("kube: request not sent", {});
    } else {
        out.answer = response_head{};
    }
    co_return out;
}

refusal unreachable(const exchange& of, error_code error, const std::string& why)
{
    const bool late = error == errc::timed_out;
    return {late ? 504 : 502, late ? "Timeout" : "ServiceUnavailable",
        "the cluster " + of.permitted.to->endpoint().name +
            " cannot be reached: " + (why.empty() ? error.message() : why)};
}

} // namespace

asio::awaitable<bool> pass_request(client_side& client, client_watch& watch, exchange& of)
{
    const bool expects_continue = of.head.fields.has("Expect");
    const auto framing = client.http.framing();
    request_head head = of.head;
    head.target = upstream_target(of);
    head.version = 11;
    strip(head);
    if (const auto added = impersonate(head, of.permitted, of.facts); !added) {
        auto refusing = answer_status(client, of,
            {400, "BadRequest", "a header holds what no header may"}, "header not accepted");
        co_return co_await std::move(refusing);
    }
    if (framing.how == body_framing::kind::chunked) head.fields.add("Transfer-Encoding", "chunked");
    auto preparing = of.permitted.to->prepare(head);
    const auto prepared = co_await std::move(preparing);
    byte_buffer head_bytes;
    if (!prepared || !append_head(head_bytes, head)) {
        auto refusing = answer_status(client, of,
            {502, "ServiceUnavailable", "the proxy has no credentials for this cluster"},
            "no credentials");
        co_return co_await std::move(refusing);
    }

    const bool has_body = !client.http.body_done();
    for (bool fresh = has_body || !may_be_repeated(of, has_body);; fresh = true) {
        std::string why;
        auto sending = send(client, of, head_bytes, fresh, why);
        auto sent = co_await std::move(sending);
        const bool reused = sent.connection && sent.connection->reused;
        if (!sent.answer) {
            if (reused && !fresh) continue;
            auto refusing = answer_status(client, of, unreachable(of, sent.answer.error(), why),
                "the cluster cannot be reached");
            co_return co_await std::move(refusing);
        }
        auto& connection = *sent.connection;
        upload body(client, watch, *connection.stream, expects_continue);
        body.begin(framing);
        auto reading = connection.http.read_response(of.head.method == "HEAD");
        auto answer = co_await std::move(reading);
        if (answer && answer->status == 101) answer = errc::malformed; // nobody asked for it
        bool again = false;
        if (answer) {
            auto passing = pass_answer(client, of, connection.http, std::move(*answer));
            again = co_await std::move(passing);
        } else if (reused && !fresh) {
            watch.end(); // closed by the cluster between two requests, as it may
            continue;
        } else {
            auto refusing = answer_status(client, of,
                unreachable(of, answer.error(), "it gave no answer: " + answer.error().message()),
                "no answer from the cluster");
            again = co_await std::move(refusing);
        }
        watch.end();
        if (body.running()) { // an answer before the end of the request: nothing more can follow
            again = false;
            connection.stream->close();
        }
        net::deadline patience(
            client.stream.executor(), late_body, [&client] { client.stream.close(); });
        auto joining = body.join();
        co_await std::move(joining);
        if (answer && connection.http.body_done() && connection.http.keep_alive() && again)
            of.permitted.to->give_back(std::move(sent.connection));
        co_return again;
    }
}

} // namespace verbatim::kube
