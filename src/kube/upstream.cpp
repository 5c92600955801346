#include "kube/upstream.hpp"

#include "kube/dial.hpp"
#include "kube/token_file.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <deque>

namespace verbatim::kube {

namespace asio = boost::asio;

namespace {

using steady = std::chrono::steady_clock;

constexpr std::chrono::minutes token_age{1};

struct token_read {
    error_code error;
    secret token;
};
asio::awaitable<token_read> read_off_loop(std::filesystem::path file)
{
    auto token = read_token_file(file);
    if (!token) co_return token_read{token.error(), {}};
    co_return token_read{{}, std::move(*token)};
}

/// Alive, with nothing on it: whatever comes unasked means that its server has ended it.
bool is_quiet(upstream_connection& connection)
{
    if (!connection.buffered.available().empty()) return false;
    std::byte some[64];
    const auto got = connection.stream->read_available(some);
    return got && *got == 0;
}

std::string host_field(const cluster_endpoint& to)
{
    const bool is_v6 = to.host.find(':') != to.host.npos;
    const auto host = is_v6 ? "[" + to.host + "]" : to.host;
    return to.port == (to.tls ? 443 : 80) ? host : host + ":" + std::to_string(to.port);
}

class pooled_upstream final : public upstream,
                              public std::enable_shared_from_this<pooled_upstream> {
public:
    pooled_upstream(asio::any_io_executor loop, std::shared_ptr<const cluster_endpoint> endpoint,
        asio::thread_pool& blocking, logger& log, const pool_limits& limits)
        : endpoint_(std::move(endpoint)), blocking_(blocking), log_(log), limits_(limits),
          sweep_(std::move(loop))
    {}

    const cluster_endpoint& endpoint() const override { return *endpoint_; }

    asio::awaitable<result<void>> prepare(request_head& head) override
    {
        head.target = endpoint_->path_prefix + head.target;
        head.fields.set("Host", host_field(*endpoint_));
        head.fields.remove("Authorization");
        const secret* token = &endpoint_->token;
        if (token->empty() && !endpoint_->token_file.empty()) {
            auto refreshing = refresh_token();
            co_await std::move(refreshing);
            if (token_.empty()) co_return errc::io_error;
            token = &token_;
        }
        if (!token->empty())
            head.fields.add("Authorization", "Bearer " + std::string(token->reveal()));
        co_return result<void>{};
    }

    asio::awaitable<result<upstream_connection_pointer>> connect(
        bool fresh, std::string& why) override
    {
        // The one that was used last is the one that the server has had the least time to close.
        while (!fresh && !idle_.empty()) {
            auto connection = std::move(idle_.back().connection);
            idle_.pop_back();
            if (is_quiet(*connection)) co_return connection;
            connection->stream->close();
        }
        auto dialing = dial(endpoint_, why);
        auto stream = co_await std::move(dialing);
        if (!stream) co_return stream.error();
        co_return std::make_unique<upstream_connection>(std::move(*stream));
    }

    void give_back(upstream_connection_pointer connection) override
    {
        const auto& http = connection->http;
        if (!http.body_done() || !http.keep_alive() || !is_quiet(*connection))
            return connection->stream->close();
        connection->reused = true;
        idle_.push_back({std::move(connection), steady::now() + limits_.idle_time});
        if (idle_.size() > limits_.idle) {
            idle_.front().connection->stream->close();
            idle_.pop_front();
        }
        if (!sweeping_) sweep_later();
    }

    void close_idle() override
    {
        for (auto& each : idle_) each.connection->stream->close();
        idle_.clear();
        sweep_.cancel();
    }

private:
    struct idle_connection {
        upstream_connection_pointer connection;
        steady::time_point until;
    };

    asio::awaitable<void> refresh_token()
    {
        const auto now = steady::now();
        if (!token_.empty() && (reading_ || now < token_until_)) co_return;
        reading_ = true;
        auto reading =
            asio::co_spawn(blocking_, read_off_loop(endpoint_->token_file), asio::use_awaitable);
        auto got = co_await std::move(reading);
        reading_ = false;
        token_until_ = now + token_age;
        if (!got.error) {
            token_ = std::move(got.token);
            co_return;
        }
        // The one at hand may still be good: the API server says so or not.
        log_.error("kube: the cluster's token file cannot be read",
            {{"cluster", endpoint_->name}, {"file", endpoint_->token_file.string()},
                {"error", got.error.message()}, {"previous_token_kept", !token_.empty()}});
    }

    // Only while there are idle connections, so that a loop without work runs dry.
    void sweep_later()
    {
        sweeping_ = true;
        sweep_.expires_at(idle_.front().until);
        sweep_.async_wait([weak = weak_from_this()](boost::system::error_code) {
            if (const auto self = weak.lock()) self->sweep();
        });
    }

    void sweep()
    {
        sweeping_ = false;
        const auto now = steady::now();
        std::erase_if(idle_, [now](idle_connection& each) {
            if (each.until > now && is_quiet(*each.connection)) return false;
            each.connection->stream->close();
            return true;
        });
        if (!idle_.empty()) sweep_later();
    }

    std::shared_ptr<const cluster_endpoint> endpoint_; // with the other loops' upstreams
    asio::thread_pool& blocking_;
    logger& log_;
    pool_limits limits_;
    std::deque<idle_connection> idle_; // the longest idle first
    asio::steady_timer sweep_;
    bool sweeping_ = false;
    secret token_; // from the file
    steady::time_point token_until_{};
    bool reading_ = false;
};

} // namespace

std::shared_ptr<upstream> make_upstream(asio::any_io_executor loop,
    std::shared_ptr<const cluster_endpoint> endpoint, asio::thread_pool& blocking, logger& log,
    const pool_limits& limits)
{
    return std::make_shared<pooled_upstream>(
        std::move(loop), std::move(endpoint), blocking, log, limits);
}

std::shared_ptr<upstream> make_upstream(asio::any_io_executor loop,
    std::shared_ptr<const cluster_endpoint> endpoint, asio::thread_pool& blocking, logger& log)
{
    return make_upstream(std::move(loop), std::move(endpoint), blocking, log, pool_limits{});
}

void close_idle(upstream& of) { of.close_idle(); }

} // namespace verbatim::kube
