#include "server/party_session.hpp"

#include "server/join_keys.hpp"

#include <verbatim/net/task_group.hpp>
#include <verbatim/net/waiter.hpp>
#include <verbatim/screen/terminal_filter.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace verbatim::server {

namespace asio = boost::asio;

namespace {

// Beside what the target takes of a party at once.
constexpr std::size_t largest_typed = 4096;
// What a peer may type ahead; more is dropped, with a bell.
constexpr std::size_t most_typed = 64 * 1024;
// The wall clock may be set.
constexpr std::chrono::seconds look_interval{30};

// What a program may have switched on in the joiner's terminal, off again; then the last line.
constexpr std::string_view back_to_normal =
    "\033[?1000l\033[?1002l\033[?1003l\033[?1004l\033[?1005l"
    "\033[?1006l\033[?1015l\033[?2004l\033[?1l\033>\033[?1049l"
    "\033[r\033[?6l\033[?7h\033[4l\017\033(B\033[0m\033[?25h"
    "\033[999;1H\r\n";

class party_session {
public:
    party_session(net::leg& joiner, std::shared_ptr<session::live_session> live, party_terms terms,
        asio::any_io_executor loop, const clock& time, logger& log)
        : joiner_(joiner), live_(std::move(live)), terms_(std::move(terms)), keys_(terms_.escape),
          filter_(terms_.who.mode == policy::party_mode::peer
                      ? screen::terminal_filter::viewer::types
                      : screen::terminal_filter::viewer::watches),
          party_(std::make_shared<session::party>(terms_.who, loop)), time_(time), expiry_(loop),
          tasks_(loop, log)
    {}

    asio::awaitable<void> run()
    {
        live_->join(party_);
        tasks_.spawn("party: keys", read_keys());
        tasks_.spawn("party: typing", pass_typed());
        if (terms_.expires) tasks_.spawn("party: expiry", watch_expiry());
        auto showing = show();
        co_await std::move(showing);
        gone_ = true;
        expiry_.cancel();
        typed_more_.wake();
        live_->leave(party_);
        if (terms_.has_terminal && shown_) {
            auto restoring = put(back_to_normal);
            co_await std::move(restoring);
        }
        auto farewell = party_->farewell();
        if (const auto skips = party_->skips(); skips != 0)
            farewell +=
                " (skipped forward " + std::to_string(skips) + (skips == 1 ? " time)" : " times)");
        joiner_.notice(farewell);
        joiner_.close(shown_ ? 0 : 255);
        auto joined = tasks_.join();
        co_await std::move(joined);
    }

private:
    asio::awaitable<void> show()
    {
        for (;;) {
            auto waiting = party_->next();
            const auto bytes = co_await std::move(waiting);
            if (!bytes) co_return;
            shown_ = true;
            // A session must not act on the terminals of those who look at it.
            std::string harmless;
            filter_.filter(*bytes, harmless);
            auto putting = put(harmless);
            if (!co_await std::move(putting)) co_return;
        }
    }

    asio::awaitable<bool> put(std::string_view text)
    {
        const net::leg_event event{net::data_event{net::data_stream::output, as_bytes(text)}};
        auto delivering = joiner_.deliver(event);
        const auto delivered = co_await std::move(delivering);
        co_return delivered.has_value();
    }

    asio::awaitable<void> read_keys()
    {
        for (;;) {
            auto pulling = joiner_.next();
            const auto event = co_await std::move(pulling);
            if (!event || std::holds_alternative<net::close_event>(event->body)) break;
            if (const auto* size = std::get_if<net::resize_event>(&event->body)) {
                live_->resize(party_, {size->columns, size->rows});
            } else if (const auto* data = std::get_if<net::data_event>(&event->body)) {
                act_on(as_text(data->bytes));
            }
        }
        live_->leave(party_);
        party_->end("you have left the session");
    }

    asio::awaitable<void> watch_expiry()
    {
        while (!gone_) {
            const auto left = *terms_.expires - time_.wall_now();
            if (left.count() <= 0) {
                live_->leave(party_);
                party_->end("your certificate has expired");
                co_return;
            }
            expiry_.expires_after(std::min<std::chrono::nanoseconds>(left, look_interval));
            error_code cancelled;
            auto look = expiry_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
            co_await std::move(look);
        }
    }

    void act_on(std::string_view typed)
    {
        using kind = join_keys::action::kind;
        const bool moderates = terms_.who.mode == policy::party_mode::moderator;
        for (auto& each : keys_.feed(typed)) {
            if (each.what == kind::text) {
                type(each.text);
            } else if (each.what == kind::leave) {
                live_->leave(party_);
                party_->end("you have left the session");
            } else if (each.what == kind::terminate && moderates) {
                live_->terminate(party_);
            } else if (each.what == kind::pause && moderates) {
                live_->pause(party_, true);
            } else if (each.what == kind::go_on && moderates) {
                live_->pause(party_, false);
            } else {
                party_->show(std::make_shared<const std::string>(help(moderates)));
            }
        }
    }

    void type(std::string_view text)
    {
        if (terms_.who.mode != policy::party_mode::peer) return;
        if (typed_.size() + text.size() > most_typed)
            return party_->show(std::make_shared<const std::string>("\a"));
        typed_ += text;
        typed_more_.wake();
    }

    // Apart from the keys, which must be heard while the session takes none.
    asio::awaitable<void> pass_typed()
    {
        while (!gone_) {
            if (typed_.empty()) {
                auto waiting = typed_more_.wait();
                co_await std::move(waiting);
                continue;
            }
            auto piece = typed_.substr(0, largest_typed);
            typed_.erase(0, piece.size());
            party_->typing();
            live_->type(party_, std::move(piece));
            auto taking = party_->typed_taken();
            co_await std::move(taking);
        }
    }

    std::string help(bool moderates) const
    {
        const auto key = name_of_key(terms_.escape);
        std::string out = "\r\nverbatim: " + key + " then l leaves";
        if (moderates) out += ", p pauses, g goes on, t ends the session";
        if (terms_.who.mode == policy::party_mode::peer) out += ", " + key + " sends it";
        return out + "\r\n";
    }

    net::leg& joiner_;
    const std::shared_ptr<session::live_session> live_;
    const party_terms terms_;
    join_keys keys_;
    screen::terminal_filter filter_;
    const std::shared_ptr<session::party> party_;
    std::string typed_; // not yet handed to the session
    net::waiter typed_more_;
    const clock& time_;
    asio::steady_timer expiry_;
    net::task_group tasks_;
    bool shown_ = false, gone_ = false;
};

} // namespace

asio::awaitable<void> run_party(net::leg& joiner, std::shared_ptr<session::live_session> live,
    party_terms terms, const clock& time, logger& log)
{
    const auto loop = co_await asio::this_coro::executor;
    party_session work(joiner, std::move(live), std::move(terms), loop, time, log);
    auto running = work.run();
    co_await std::move(running);
}

} // namespace verbatim::server
