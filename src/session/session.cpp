#include <verbatim/session/session.hpp>

#include "session/books.hpp"
#include "session/limit_watch.hpp"
#include "session/session_core.hpp"
#include "session/sharing.hpp"
#include "session/ssh_greeting.hpp"

#include <verbatim/net/task_group.hpp>
#include <verbatim/net/turn.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace verbatim::session {

namespace asio = boost::asio;

namespace {

std::string line_for_user(error_code why)
{
    if (why == errc::disk_full)
        return "no session: the recording store is full. Tell your administrator.";
    if (why == errc::audit_failed)
        return "no session: the audit log cannot be written. Tell your administrator.";
    if (why == errc::not_allowed_now) return "no session: the target spoke before it was asked.";
    if (why == errc::limit_reached) return "no session: too many environment variables.";
    return "no session: it cannot be recorded. Tell your administrator.";
}

class session_loop final : public session_core {
public:
    session_loop(net::leg& client, net::leg& target, session_facts facts, session_services services,
        asio::any_io_executor loop)
        : client_(client), target_(target), services_(services),
          ssh_in_forward_(facts.ssh_in_forward), limits_(facts.bounds, services.time),
          forbidden_(facts.refused), live_(facts.live), rules_(facts.sharing),
          books_(std::move(facts), services),
          sharing_(rules_, *this, books_, live_, services, loop), overdue_(loop), next_look_(loop),
          tasks_(loop, services.log)
    {}
    session_loop(const session_loop&) = delete;
    session_loop& operator=(const session_loop&) = delete;

    asio::awaitable<void> run()
    {
        tasks_.spawn("session: target to client", from_target());
        tasks_.spawn("session: parties", serve_parties());
        tasks_.spawn("session: party notes", note_parties());
        tasks_.spawn("session: lines", sharing_.tell());
        if (limits_.any()) tasks_.spawn("session: limits", watch_limits());
        try {
            auto forwarding = from_client();
            co_await std::move(forwarding);
        } catch (const std::exception& e) {
            give_up(e);
        }
        client_.stop_reading();
        client_over_ = true;
        next_look_.cancel();
        if (!target_over_) tasks_.spawn("session: close deadline", hurry_target());
        if (target_over_) sharing_.over(reason_);
        auto joined = tasks_.join();
        co_await std::move(joined);
        set_reason(otherwise_);
        auto noting = sharing_.note_the_rest();
        co_await std::move(noting);
        books_.add_participants(sharing_.participants());
        auto ending = books_.end(reason_);
        co_await std::move(ending);
        // A close() that woke the last of this runs it to its end, and then goes on in here.
        auto later = asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
        co_await std::move(later);
    }

private:
    // Without it nobody's leave would count any more.
    asio::awaitable<void> serve_parties()
    {
        try {
            auto serving = sharing_.serve();
            co_await std::move(serving);
        } catch (const std::exception& e) {
            give_up(e);
        }
    }

    asio::awaitable<void> note_parties()
    {
        try {
            auto noting = sharing_.write_notes();
            co_await std::move(noting);
        } catch (const std::exception& e) {
            give_up(e);
        }
    }

    // --- client to target ---
    asio::awaitable<void> from_client()
    {
        for (;;) {
            auto pulling = client_.next();
            const auto event = co_await std::move(pulling);
            if (!event) {
                const bool gone = event.error() == errc::closed;
                // Many a client goes as soon as it knows the exit status. What the target still
                // sends belongs to the recording; the close deadline bounds it.
                client_left_at_end_ = gone && books_.target_is_done();
                if (gone && !client_left_at_end_) set_reason("client disconnected");
                if (!books_.target_is_done() && !target_over_)
                    otherwise_ = reason_for(event.error());
                if (!client_left_at_end_) target_.close(255);
                co_return;
            }
            if (!std::holds_alternative<net::other_event>(event->body)) limits_.client_spoke();
            if (sharing_.keeps(event->body)) continue;
            auto passing = pass_on(*event, {});
            if (const auto passed = co_await std::move(passing); !passed) co_return;
            if (std::holds_alternative<net::close_event>(event->body)) {
                set_reason("closed by the client");
                co_return;
            }
        }
    }

    asio::awaitable<result<void>> pass_on(
        const net::leg_event& event, std::string_view party) override
    {
        auto mine = input_turn_.try_take();
        if (!mine) {
            auto lining_up = input_turn_.take();
            mine.emplace(co_await std::move(lining_up));
        }
        if (sharing_.withholds(event.body, party)) co_return result<void>{};
        auto going = event;
        auto recording = record_from_client(going, party);
        if (const auto recorded = co_await std::move(recording); !recorded) {
            stop(recorded.error());
            co_return recorded.error();
        }
        if (std::holds_alternative<net::start_event>(event.body) && !sharing_.begins())
            co_return errc::access_denied;
        auto delivering = target_.deliver(going);
        std::ignore =
            co_await std::move(delivering); // a target that is gone shows at its own next()
        co_return result<void>{};
    }

    void read_before_start() override { client_.read_before_start(); }
    std::size_t room_at_target() const override { return target_.own_room(); }

    asio::awaitable<void> show_all(std::string text) override
    {
        auto lining_up = output_turn_.take();
        const auto mine = co_await std::move(lining_up);
        sharing_.output(as_bytes(std::string_view(text)));
        auto showing = client_.show(text);
        std::ignore = co_await std::move(showing); // a client that is gone shows at its next()
    }

    // Of data that is not permitted other bytes go on.
    static void put_instead(net::leg_event& event, net::data_event& data, byte_view bytes)
    {
        if (bytes.data() == data.bytes.data()) return;
        data.bytes = bytes;
        if (!event.carrier) return; // as it was counted before
        event.carrier = nullptr;
        event.within_window = true;
    }

    asio::awaitable<result<void>> record_from_client(net::leg_event& event, std::string_view party)
    {
        const auto& body = event.body;
        if (auto* data = std::get_if<net::data_event>(&event.body)) {
            auto printing = books_.from_client(data->bytes, party);
            const auto printed = co_await std::move(printing);
            if (!printed) co_return printed.error();
            if (hides_session(true, data->bytes)) co_return errc::access_denied;
            put_instead(event, *data, *printed);
            if (const auto line = books_.take_warning(); !line.empty()) client_.notice(line);
            co_return result<void>{};
        }
        if (const auto* pty = std::get_if<net::pty_event>(&body)) {
            if (!books_.started()) books_.set_terminal({pty->columns, pty->rows});
        } else if (const auto* env = std::get_if<net::env_event>(&body)) {
            co_return books_.add_environment(env->name, env->value);
        } else if (const auto* resize = std::get_if<net::resize_event>(&body)) {
            if (!books_.started()) {
                if (books_.has_terminal()) books_.set_terminal({resize->columns, resize->rows});
                co_return result<void>{};
            }
            auto resizing = books_.resized({resize->columns, resize->rows});
            co_return co_await std::move(resizing);
        } else if (const auto* start = std::get_if<net::start_event>(&body)) {
            if (!forbidden_.empty()) {
                refusal_ = forbidden_;
                co_return errc::limit_reached;
            }
            auto beginning = books_.begin(start->kind, std::string(start->command),
                {start->arguments.begin(), start->arguments.end()});
            co_return co_await std::move(beginning);
        }
        co_return result<void>{};
    }

    // --- target to client ---
    asio::awaitable<void> from_target()
    {
        try {
            auto forwarding = forward_from_target();
            co_await std::move(forwarding);
        } catch (const std::exception& e) {
            give_up(e);
        }
        target_over_ = true;
        sharing_.over(reason_);
        target_.stop_reading();
        overdue_.cancel();
        client_.close(255);
    }

    asio::awaitable<void> forward_from_target()
    {
        for (;;) {
            auto pulling = target_.next();
            auto event = co_await std::move(pulling);
            if (!event) {
                if (event.error() == errc::closed && !client_left_at_end_) {
                    set_reason("the target closed the connection");
                    client_.notice("the target closed the connection");
                }
                break;
            }
            auto mine = output_turn_.try_take();
            if (!mine) {
                auto lining_up = output_turn_.take();
                mine.emplace(co_await std::move(lining_up));
            }
            auto recording = record_from_target(*event);
            if (const auto recorded = co_await std::move(recording); !recorded) {
                stop(recorded.error());
                break;
            }
            if (const auto* data = std::get_if<net::data_event>(&event->body))
                sharing_.output(data->bytes);
            auto delivering = client_.deliver(*event);
            std::ignore =
                co_await std::move(delivering); // a client that is gone shows at its own next()
            if (std::holds_alternative<net::close_event>(event->body)) {
                set_reason(books_.odd_exit());
                break;
            }
        }
    }

    asio::awaitable<result<void>> record_from_target(net::leg_event& event)
    {
        const auto& body = event.body;
        // Before session.start is durable in both books nothing was asked of the target: what it
        // says now would reach the user unrecorded.
        if (!books_.started() && speaks(body)) co_return errc::not_allowed_now;
        if (auto* data = std::get_if<net::data_event>(&event.body)) {
            auto printing = books_.from_target(data->stream, data->bytes);
            const auto printed = co_await std::move(printing);
            if (!printed) co_return printed.error();
            if (hides_session(false, data->bytes)) co_return errc::access_denied;
            put_instead(event, *data, *printed);
            co_return result<void>{};
        }
        if (const auto* status = std::get_if<net::exit_status_event>(&body))
            books_.exited(status->code);
        else if (const auto* signal = std::get_if<net::exit_signal_event>(&body))
            books_.killed_by(signal->name);
        else if (const auto* failure = std::get_if<net::failure_event>(&body))
            books_.failed(failure->message);
        co_return result<void>{};
    }

    // Whoever speaks SSH in a forward has a session there that nobody records.
    bool hides_session(bool from_client, byte_view bytes)
    {
        if (ssh_in_forward_ || !books_.is_forward() || !greeting_.feed(from_client, bytes))
            return false;
        refusal_ = "an SSH connection inside a forward is not permitted: connect through the proxy";
        books_.failed(refusal_);
        return true;
    }

    static bool speaks(const net::event_body& body)
    {
        return std::holds_alternative<net::data_event>(body) ||
               std::holds_alternative<net::end_of_file_event>(body) ||
               std::holds_alternative<net::exit_status_event>(body) ||
               std::holds_alternative<net::exit_signal_event>(body) ||
               std::holds_alternative<net::failure_event>(body);
    }

    // --- endings ---
    void give_up(const std::exception& e)
    {
        services_.log.error("a session failed", {{"what", e.what()}});
        stop(errc::recording_failed);
    }

    static std::string reason_for(error_code error)
    {
        return error == errc::cancelled ? "ended by the proxy" : "client: " + error.message();
    }

    void set_reason(std::string reason)
    {
        if (reason_.empty()) reason_ = std::move(reason);
    }

    // Fail closed: what cannot be recorded does not happen.
    void stop(error_code why)
    {
        if (stopped_) return; // both directions may find out
        if (refusal_.empty()) refusal_ = books_.refusal();
        const auto line = !refusal_.empty()  ? refusal_
                          : books_.started() ? "session ended: it can no longer be recorded (" +
                                                   why.message() + ")"
                                             : line_for_user(why);
        if (!books_.started()) books_.reject(refusal_.empty() ? why.message() : refusal_);
        end_with(line);
    }

    void refuse(const std::string& line) override
    {
        refusal_ = line;
        stop(errc::access_denied);
    }

    void end_with(const std::string& line) override
    {
        if (std::exchange(stopped_, true)) return;
        set_reason(line);
        sharing_.over(line);
        client_.notice(line);
        client_.close(255);
        target_.close(255);
    }

    asio::awaitable<void> watch_limits()
    {
        while (!client_over_ && !stopped_) {
            if (const auto line = limits_.reached()) {
                end_with(*line);
                co_return;
            }
            next_look_.expires_after(
                std::min<std::chrono::nanoseconds>(limits_.none_for(), services_.limit_interval));
            error_code cancelled;
            auto look = next_look_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
            co_await std::move(look);
        }
    }

    // A target that does not close after its client has is hung up.
    asio::awaitable<void> hurry_target()
    {
        if (target_over_) co_return; // it closed before this task had its turn
        overdue_.expires_after(services_.close_deadline);
        error_code cancelled;
        auto expiry = overdue_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
        co_await std::move(expiry);
        if (!cancelled) target_.close(255);
    }

    net::leg& client_;
    net::leg& target_;
    session_services services_;
    bool ssh_in_forward_;
    limit_watch limits_;
    std::string forbidden_; // why the session may not start; empty: it may
    std::shared_ptr<live_session> live_;
    sharing_rules rules_;
    books books_;
    sharing sharing_;
    net::turn input_turn_, output_turn_; // what goes to the target, and to the client
    ssh_greeting greeting_;
    std::string reason_, refusal_;
    std::string otherwise_; // where nobody has said why
    bool client_over_ = false, target_over_ = false;
    bool stopped_ = false, client_left_at_end_ = false;
    asio::steady_timer overdue_, next_look_;
    net::task_group tasks_;
};

} // namespace

asio::awaitable<void> run_session(
    net::leg& client, net::leg& target, session_facts facts, session_services services)
{
    const auto loop = co_await asio::this_coro::executor;
    session_loop work(client, target, std::move(facts), services, loop);
    auto running = work.run();
    co_await std::move(running);
}

} // namespace verbatim::session
