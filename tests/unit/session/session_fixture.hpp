#pragma once
// A session between two fake legs, on a loop that runs only while there is something to do.

#include "support/fail_point.hpp"
#include "support/fake_audit.hpp"
#include "support/fake_leg.hpp"
#include "support/fake_recorder.hpp"
#include "support/manual_clock.hpp"

#include <verbatim/session/session.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <string>
#include <utility>

namespace verbatim::test {

/// The audit log of fake_audit.hpp, with the failures that a scenario's fakes share.
class failing_audit_log final : public audit::audit_log {
public:
    explicit failing_audit_log(fail_point& failures) : failures_(failures) {}

    fake_audit_log log;
    std::size_t refused = 0;       ///< events not taken
    bool refused_an_end = false;   ///< session.end among them
    bool keep_what_failed = false; ///< as a log whose sink comes back after the commit gave up

    boost::asio::awaitable<result<void>> commit(wire::event event) override
    {
        if (failures_.is_due()) {
            ++refused;
            refused_an_end |= std::holds_alternative<wire::session_end>(event);
            if (keep_what_failed) log.events.push_back(std::move(event));
            co_return errc::audit_failed;
        }
        auto committing = log.commit(std::move(event));
        co_return co_await std::move(committing);
    }
    result<void> post(wire::event event) override
    {
        if (!failures_.is_due()) return log.post(std::move(event));
        ++refused;
        return errc::queue_full;
    }
    bool healthy() const noexcept override { return log.healthy(); }

private:
    fail_point& failures_;
};

class counting_logger final : public logger {
public:
    std::size_t errors = 0;
    void write(log_level level, std::string_view, std::initializer_list<log_field>) override
    {
        if (level == log_level::error) ++errors;
    }
};

struct session_fixture {
    session_fixture() : session_fixture(no_failures_) {}
    explicit session_fixture(fail_point& failures)
        : store(loop.get_executor(), failures), audit(failures),
          client(loop.get_executor(), failures), target(loop.get_executor(), failures)
    {
        facts.header.user = {"alice", "root", {"admin"}};
        facts.header.connection.protocol = "ssh";
    }

    fail_point no_failures_;
    boost::asio::io_context loop{1};
    manual_clock time;
    counting_logger log;
    fake_recording_store store;
    failing_audit_log audit;
    fake_leg client, target;
    session::session_facts facts;
    std::chrono::milliseconds close_deadline{3'600'000}, limit_interval{3'600'000};
    boost::asio::any_io_executor painter; ///< empty: nobody can join
    bool over = false;

    void start()
    {
        boost::asio::co_spawn(loop,
            session::run_session(client, target, facts,
                session::session_services{
                    store, audit, time, log, close_deadline, limit_interval, painter}),
            [this](std::exception_ptr escaped) {
                if (escaped) std::rethrow_exception(escaped);
                over = true;
            });
        run_until_idle();
    }
    void run_until_idle()
    {
        loop.restart();
        loop.poll();
    }

    void begin_shell()
    {
        client.play(net::pty_event{"xterm", 80, 24});
        client.play(net::start_event{net::start_kind::shell, {}});
        start();
    }
    void begin_exec(std::string_view command)
    {
        client.play(net::start_event{net::start_kind::exec, command});
        start();
    }
    void type(std::string_view text)
    {
        client.play_data(net::data_stream::input, text);
        run_until_idle();
    }
    void answer(std::string_view text)
    {
        target.play_data(net::data_stream::output, text);
        run_until_idle();
    }
    /// Both sides close, the target first.
    void leave()
    {
        client.answer_close();
        target.play(net::close_event{});
        run_until_idle();
    }

    std::string recorded(wire::stream_tag stream) const { return store.only().bytes_of(stream); }
    wire::session_end end_event() const { return audit.log.all<wire::session_end>().at(0); }
};

} // namespace verbatim::test
