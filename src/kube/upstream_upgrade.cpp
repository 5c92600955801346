#include "kube/upstream.hpp"

#include <verbatim/net/deadline.hpp>

namespace verbatim::kube {

namespace asio = boost::asio;

namespace {

asio::awaitable<result<response_head>> ask(upstream_connection& at, byte_view request)
{
    auto writing = at.stream->write(request);
    if (const auto written = co_await std::move(writing); !written) co_return written.error();
    auto reading = at.http.read_response(false);
    co_return co_await std::move(reading);
}

bool switches_to(const response_head& answer, std::string_view wanted)
{
    const auto to = answer.fields.list("Upgrade");
    return to.size() == 1 && same_name(to.front(), wanted);
}

} // namespace

void upgrade_hold::abandon()
{
    abandoned_ = true;
    if (stream_) stream_->close();
}

asio::awaitable<result<upgrade_answer>> request_upgrade(
    upstream& at, request_head head, std::string& why, upgrade_hold& hold)
{
    byte_buffer request;
    if (!append_head(request, head)) {
        why = "the request holds what no header may";
        co_return errc::malformed;
    }
    auto connecting = at.connect(true, why);
    auto connected = co_await std::move(connecting);
    if (!connected) co_return connected.error();
    upgrade_answer out{std::move(*connected), {}};
    if (hold.abandoned()) co_return errc::cancelled;

    net::deadline deadline(out.connection->stream->executor(), upgrade_deadline,
        [stream = out.connection->stream.get()] { stream->close(); });
    hold.hold(out.connection->stream.get());
    auto asking = ask(*out.connection, request);
    auto answer = co_await std::move(asking);
    hold.hold(nullptr);
    if (hold.abandoned()) co_return errc::cancelled;
    if (deadline.expired()) {
        why = "no answer in time";
        co_return errc::timed_out;
    }
    if (!answer) {
        why = "no answer: " + answer.error().message();
        co_return answer.error() == errc::malformed ? errc::malformed : errc::closed;
    }
    out.head = std::move(*answer);
    if (out.head.status == 101 && !switches_to(out.head, head.fields.first("Upgrade"))) {
        why = "the cluster switched to another protocol than it was asked for";
        co_return errc::malformed;
    }
    co_return out;
}

} // namespace verbatim::kube
