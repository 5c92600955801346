#include <verbatim/ssh/connection.hpp>

#include "ssh/host_keys.hpp"
#include "ssh/relay.hpp"
#include "ssh/server_login.hpp"
#include "ssh/transport.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/net/deadline.hpp>
#include <verbatim/net/task_group.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace verbatim::ssh {

namespace asio = boost::asio;

namespace {

// Nothing after the hyphenated name: a version would only help an attacker choose.
constexpr const char* software = "Verbatim";

constexpr std::chrono::milliseconds farewell_deadline{2'000};

verbatim_engine_options server_options(
    const parsed_host_keys& keys, const algorithm_choice& chosen, const algorithms& defaults)
{
    verbatim_engine_options options{};
    options.server = 1;
    options.kex = chosen.kex.empty() ? defaults.kex.c_str() : chosen.kex.c_str();
    options.ciphers = chosen.ciphers.empty() ? defaults.ciphers.c_str() : chosen.ciphers.c_str();
    options.macs = chosen.macs.empty() ? defaults.macs.c_str() : chosen.macs.c_str();
    options.compression = "none,zlib@openssh.com";
    options.accepted_user_keys = defaults.user_keys.c_str();
    options.software = software;
    options.ed25519 = keys.ed25519.get();
    options.ecdsa = keys.ecdsa.get();
    options.rsa = keys.rsa.get();
    return options;
}

class connection final : public client_connection {
public:
    connection(stream_socket socket, const connection_context& context)
        : context_(context), transport_(std::move(socket),
                                 server_options(static_cast<const parsed_host_keys&>(context.keys),
                                     context.algorithms, defaults_),
                                 static_cast<loop_buffers&>(context.buffers)),
          grace_(transport_.executor()), tasks_(transport_.executor(), context.log)
    {}

    bool logged_in() const noexcept override { return logged_in_; }

    asio::awaitable<connection_outcome> run() override
    {
        tasks_.spawn("ssh client writer", transport_.run_writer());
        tasks_.spawn("ssh login grace", watch_grace());
        connection_outcome outcome;
        try {
            auto serving = serve(outcome);
            co_await std::move(serving);
        } catch (const std::exception& e) {
            context_.log.error("a connection failed", {{"what", e.what()}});
            outcome.reason = "internal error";
            transport_.close();
        }
        grace_.cancel();
        // The last words are for a client that listens.
        net::deadline patience(
            transport_.executor(), farewell_deadline, [this] { transport_.close(); });
        auto drained = transport_.drained();
        co_await std::move(drained);
        transport_.close();
        auto joined = tasks_.join();
        co_await std::move(joined);
        relay_.reset();
        co_return outcome;
    }

    void notice(const std::string& line) override
    {
        if (relay_) relay_->notice(line);
    }

    void close(const std::string& line) override
    {
        if (relay_) relay_->close(line);
        else transport_.close();
    }

private:
    asio::awaitable<void> serve(connection_outcome& outcome)
    {
        auto logging_in = log_in();
        const auto granted = co_await std::move(logging_in);
        grace_.cancel();
        if (!granted) {
            outcome.how = how_it_failed(granted.error());
            outcome.reason = why_not(granted.error());
            co_return;
        }
        outcome.logged_in = logged_in_ = true;
        relay_ = std::make_unique<relay>(transport_, context_);
        auto relaying = relay_->run();
        outcome.reason = co_await std::move(relaying);
    }

    asio::awaitable<result<void>> log_in()
    {
        if (const auto started = transport_.start(); !started) co_return started.error();
        auto logging_in = log_client_in(transport_, context_.owner, context_.limits.max_auth_tries);
        co_return co_await std::move(logging_in);
    }

    asio::awaitable<void> watch_grace()
    {
        grace_.expires_after(context_.limits.login_grace);
        error_code cancelled;
        auto expiry = grace_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
        co_await std::move(expiry);
        if (cancelled || logged_in_) co_return;
        late_ = true;
        transport_.close();
    }

    connection_outcome::end how_it_failed(error_code error) const
    {
        using end = connection_outcome::end;
        if (late_) return end::too_slow;
        if (error == errc::closed) return end::left;
        return error == errc::limit_reached ? end::too_many_tries : end::broken;
    }

    std::string why_not(error_code error) const
    {
        if (late_) return "login grace time exceeded";
        if (error == errc::closed) return "client left before the login";
        if (error == errc::limit_reached) return "too many authentication failures";
        const auto detail = escape_for_log(transport_.error_text());
        if (detail.empty()) return error.message();
        // Only libssh's words tell this failure from others. They are long, so the advice is first.
        if (detail.find("no match for method") != std::string::npos)
            return "no algorithm in common (ssh.kex, ssh.macs, ssh.ciphers say what we offer): " +
                   detail;
        return error.message() + ": " + detail;
    }

    connection_context context_;
    algorithms defaults_;
    transport transport_;
    std::unique_ptr<relay> relay_;
    asio::steady_timer grace_;
    net::task_group tasks_;
    bool logged_in_ = false, late_ = false;
};

} // namespace

std::unique_ptr<client_connection> make_client_connection(
    stream_socket socket, const connection_context& context)
{
    return std::make_unique<connection>(std::move(socket), context);
}

} // namespace verbatim::ssh
