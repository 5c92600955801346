#include <verbatim/kube/connection.hpp>

#include "kube/request_headers.hpp"
#include "kube/request_passing.hpp"
#include "kube/stream_session.hpp"
#include "kube/upgrade.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/net/deadline.hpp>

#include <boost/asio/use_awaitable.hpp>

#include <optional>

namespace verbatim::kube {

namespace asio = boost::asio;

namespace {

constexpr std::size_t max_text = 256; // of a client's header values in events
constexpr std::chrono::seconds last_words_deadline{10};

bool is_uuid(std::string_view text) { return session_id::parse(text).has_value(); }

/// Splits a request target and judges its parts. Errors: errc::malformed, errc::not_found (no such
/// cluster).
result<void> judge(exchange& of, connection_owner& owner)
{
    const std::string& target = of.head.target;
    const auto mark = target.find('?');
    std::string path = target.substr(0, mark);
    of.facts.what.path = path; // for the books, where nothing better comes of it
    if (const auto found = owner.find_cluster(path); !found) return found.error();
    auto what = wire::parse_kube_path(path);
    if (!what) return what.error();
    of.facts.what = std::move(*what);
    of.trailing_slash = path.size() > 1 && path.ends_with('/');
    auto query = wire::kube_query::parse(
        mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1));
    if (!query) return query.error();
    of.query = std::move(*query);
    return {};
}

/// Watches and followed logs, which end when either side leaves.
bool is_endless(const exchange& of)
{
    const auto asked = [&of](const char* name) {
        const auto flag = of.query.flag(name);
        return !flag || *flag;
    };
    return of.facts.what.watched || asked("watch") || asked("follow");
}

exchange begin_exchange(request_head head)
{
    exchange out;
    out.head = std::move(head);
    auto& facts = out.facts;
    facts.method = out.head.method;
    facts.user_agent = std::string(out.head.fields.first("User-Agent").substr(0, max_text));
    const auto kubectl = out.head.fields.first("Kubectl-Session");
    if (is_uuid(kubectl)) facts.kubectl_session = std::string(kubectl);
    facts.audit_id = session_id::random().to_string();
    return out;
}

class connection final : public client_connection {
public:
    connection(asio::ip::tcp::socket socket, const connection_context& context)
        : context_(context), socket_(std::move(socket)), tasks_(socket_.get_executor(), context.log)
    {}

    asio::awaitable<connection_outcome> run() override
    {
        connection_outcome outcome;
        auto shaking = tls_accept(std::move(socket_), context_.tls, context_.limits.handshake);
        auto accepted = co_await std::move(shaking);
        if (!accepted) {
            outcome.reason = "no TLS connection: " + accepted.error().message();
            co_return outcome;
        }
        stream_ = std::move(accepted->stream);
        if (closing_) stream_->close();
        context_.owner.connected(accepted->peer);
        try {
            auto serving = serve();
            outcome.reason = co_await std::move(serving);
        } catch (const std::exception& e) {
            context_.log.error("a connection failed", {{"what", e.what()}});
            outcome.reason = "internal error";
        }
        watch_ = nullptr;
        stream_->close();
        auto joining = tasks_.join();
        co_await std::move(joining);
        outcome.logged_in = logged_in_;
        co_return outcome;
    }

    void notice(const std::string& line) override
    {
        if (controls_.notice) return controls_.notice(line);
        // Ordinary requests have nobody to tell: the connection ends with the one in hand, and one
        // that has no end of its own now.
        closing_ = true;
        if ((idle_ || endless_) && stream_) hang_up();
    }

    void close(const std::string& line) override
    {
        closing_ = true;
        if (!stream_) return;
        if (!controls_.close) return hang_up();
        controls_.close(line);
        // Who reads nothing does not hear of it, and must not hold up the proxy's own end.
        last_words_.emplace(stream_->executor(), last_words_deadline, [this] { stream_->close(); });
    }

private:
    void hang_up()
    {
        stream_->close();
        if (watch_) watch_->give_up();
    }

    asio::awaitable<std::string> serve()
    {
        buffered_reader buffered(*stream_);
        http_reader http(buffered);
        client_side client{
            *stream_, buffered, http, context_.owner, context_.limits, context_.log, tasks_};
        client_watch watch(client);
        watch_ = &watch;
        stranger_.emplace(stream_->executor(), context_.limits.login, [this] { stream_->close(); });
        std::string reason;
        for (bool again = true; again && !closing_;) {
            auto serving = serve_one(client, watch, reason);
            again = co_await std::move(serving);
        }
        auto parting = say_goodbye(buffered, http.body_done());
        co_await std::move(parting);
        // The watch reads from what is about to go.
        stream_->close();
        auto joining = tasks_.join();
        co_await std::move(joining);
        co_return reason;
    }

    // A client that still sends its request's body would lose an answer to a connection that is
    // reset: it gets a moment to read it.
    asio::awaitable<void> say_goodbye(buffered_reader& buffered, bool body_done)
    {
        constexpr std::chrono::milliseconds farewell{1'000};
        net::deadline patience(stream_->executor(), farewell, [this] { stream_->close(); });
        auto finishing = stream_->finish();
        co_await std::move(finishing);
        while (!body_done) {
            buffered.consume(buffered.available().size());
            auto filling = buffered.fill();
            if (const auto more = co_await std::move(filling); !more) break;
        }
    }

    asio::awaitable<bool> serve_one(client_side& client, client_watch& watch, std::string& reason)
    {
        {
            net::deadline idle(
                stream_->executor(), context_.limits.idle, [this] { stream_->close(); });
            idle_ = true;
            auto waiting = watch.next_request();
            const auto there = co_await std::move(waiting);
            idle_ = false;
            if (!there) {
                const bool late = stranger_ && stranger_->expired();
                reason = late             ? "no login in time"
                         : idle.expired() ? "idle"
                                          : there.error().message();
                co_return false;
            }
        }
        result<request_head> head = errc::closed;
        {
            net::deadline late(
                stream_->executor(), context_.limits.request_head, [this] { stream_->close(); });
            auto reading = client.http.read_request();
            head = co_await std::move(reading);
        }
        if (!head) {
            reason = "no sound request: " + head.error().message();
            auto telling = refuse_head(client, head.error());
            co_await std::move(telling);
            co_return false;
        }
        auto of = begin_exchange(std::move(*head));
        auto answering = answer(client, watch, of);
        co_return co_await std::move(answering);
    }

    // Nothing was understood, so there is no event but the operators' log.
    asio::awaitable<void> refuse_head(client_side& client, error_code why)
    {
        if (why == errc::closed) co_return;
        const std::string_view text = why == errc::out_of_range
                                          ? "HTTP/1.1 431 Request Header Fields Too Large\r\n"
                                            "Connection: close\r\nContent-Length: 0\r\n\r\n"
                                          : "HTTP/1.1 400 Bad Request\r\n"
                                            "Connection: close\r\nContent-Length: 0\r\n\r\n";
        auto writing = client.stream.write(as_bytes(text));
        std::ignore = co_await std::move(writing); // it is being closed anyway
    }

    asio::awaitable<bool> answer(client_side& client, client_watch& watch, exchange& of)
    {
        const auto judged = judge(of, context_.owner);
        const auto bearer = bearer_of(of.head);
        auto authenticating = authenticate(of, bearer);
        if (const auto known = co_await std::move(authenticating); !known) {
            auto refusing =
                known.error() == errc::audit_failed
                    ? answer_status(client, of,
                          {503, "ServiceUnavailable", "the audit log cannot be written"},
                          "no audit log")
                    : answer_status(
                          client, of, {401, "Unauthorized", "Unauthorized"}, "not authenticated");
            co_return co_await std::move(refusing);
        }
        logged_in_ = true;
        stranger_.reset();
        refusal why;
        if (!judged || !permit(of, why, judged)) {
            if (!judged && judged.error() == errc::not_found)
                why = {404, "NotFound", "there is no such cluster here, or you may not use it"};
            else if (!judged)
                why = {400, "BadRequest", "the request's path or query cannot be judged"};
            auto refusing = answer_status(client, of, why, why.message);
            co_return co_await std::move(refusing);
        }
        if (of.facts.upgrade == wire::kube_upgrade::none) {
            endless_ = is_endless(of);
            auto passing = pass_request(client, watch, of);
            const bool again = co_await std::move(passing);
            endless_ = false;
            co_return again;
        }
        of.facts.id = session_id::random();
        auto serving = of.facts.upgrade == wire::kube_upgrade::port_forward
                           ? serve_port_forward(client, watch, of, controls_)
                           : serve_command(client, watch, of, controls_);
        co_return co_await std::move(serving);
    }

    asio::awaitable<result<void>> authenticate(
        const exchange& of, const result<std::string>& bearer)
    {
        if (!bearer) co_return errc::access_denied;
        auto asking = context_.owner.authenticate(*bearer, of.facts);
        co_return co_await std::move(asking);
    }

    // All that the proxy refuses by itself; `why` is the answer.
    bool permit(exchange& of, refusal& why, const result<void>& judged)
    {
        if (!judged) return false;
        const auto& what = of.facts.what;
        const bool upgrades = asks_for_upgrade(of.head);
        if (upgrades) of.facts.upgrade = wire::upgrade_of(what);
        if (wire::reaches_kubelet(what)) {
            why.message = "nodes/proxy reaches the kubelet past every record: not permitted here";
            return false;
        }
        if (of.facts.upgrade == wire::kube_upgrade::refused) {
            why.message = "this kind of stream cannot be recorded: not permitted here";
            return false;
        }
        if (!upgrades && wire::needs_session(what)) {
            why = {400, "BadRequest", "Upgrade request required"};
            return false;
        }
        if (asks_impersonation(of.head)) {
            why.message = "impersonation (--as) is not permitted here: the proxy says who you are";
            return false;
        }
        auto allowed = context_.owner.authorize(of.facts, why);
        if (!allowed) return false;
        of.permitted = std::move(*allowed);
        return true;
    }

    connection_context context_;
    asio::ip::tcp::socket socket_;
    std::unique_ptr<net::byte_stream> stream_;
    stream_controls controls_;
    net::task_group tasks_;
    client_watch* watch_ = nullptr; // while it serves
    std::optional<net::deadline> stranger_, last_words_;
    bool logged_in_ = false, closing_ = false, idle_ = false, endless_ = false;
};

} // namespace

std::unique_ptr<client_connection> make_client_connection(
    asio::ip::tcp::socket socket, const connection_context& context)
{
    return std::make_unique<connection>(std::move(socket), context);
}

} // namespace verbatim::kube
