#pragma once
// The leg seam under a test's control: plays events, splits them, stalls, fails, does not close.

#include "support/bell.hpp"
#include "support/fail_point.hpp"

#include <verbatim/net/leg.hpp>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace verbatim::test {

/// An event that owns its text.
class owned_event {
public:
    explicit owned_event(net::event_body body) : body_(body)
    {
        std::visit([this](auto& one) { own(one); }, body_);
    }
    const net::event_body& body() const noexcept { return body_; }

private:
    std::string_view keep(std::string_view text)
    {
        text_ = std::make_unique<std::string>(text);
        return *text_;
    }
    void own(net::data_event& e) { e.bytes = as_bytes(keep(as_text(e.bytes))); }
    void own(net::pty_event& e) { e.term = keep(e.term); }
    void own(net::start_event& e)
    {
        e.command = keep(e.command);
        arguments_ =
            std::make_unique<std::vector<std::string>>(e.arguments.begin(), e.arguments.end());
        e.arguments = *arguments_;
    }
    void own(net::exit_status_event& e) { e.status = keep(e.status); }
    void own(net::failure_event& e)
    {
        e.message = keep(e.message);
        e.status = {};
    }
    void own(net::signal_event& e) { e.name = keep(e.name); }
    void own(net::exit_signal_event& e) { e.name = keep(e.name); }
    void own(net::other_event& e) { e.name = keep(e.name); }
    template <class Other>
    void own(Other&)
    {}

    net::event_body body_;
    // Their addresses stay when the event moves.
    std::unique_ptr<std::string> text_;
    std::unique_ptr<std::vector<std::string>> arguments_;
};

/// Thread: the test's one loop, and the test between its runs.
class fake_leg final : public net::leg {
public:
    /// `failures` outlives the leg. A call that fails is the connection's end.
    fake_leg(boost::asio::any_io_executor loop, fail_point& failures)
        : failures_(failures), played_(loop), released_(loop)
    {}

    // --- what the peer does ---
    void play(net::event_body body)
    {
        events_.emplace_back(std::move(body));
        played_.ring();
    }
    void play_data(net::data_stream stream, std::string_view text)
    {
        while (!text.empty()) {
            const auto piece = text.substr(0, split_);
            play(net::data_event{stream, as_bytes(piece)});
            text.remove_prefix(piece.size());
        }
    }
    /// Data played from now on comes in pieces of this many bytes.
    void split(std::size_t bytes) { split_ = bytes; }
    /// The connection is lost after what was played.
    void vanish()
    {
        gone_ = true;
        played_.ring();
    }
    /// Deliveries wait until release().
    void stall() { stalled_ = true; }
    void release()
    {
        stalled_ = false;
        released_.ring();
    }
    /// Answers a delivered close with one of its own, as a peer does.
    void answer_close() { answers_close_ = true; }
    /// As the peer: called with every event before it is taken.
    std::function<void(const net::event_body&)> on_deliver;
    std::function<void(const net::leg_event&)> on_event; ///< the same, with all that is known

    // --- what became of it ---
    std::vector<owned_event> delivered;
    std::vector<std::string> notices;
    std::vector<std::uint32_t> closes; ///< the exit status of each close()
    bool reading_stopped = false;
    std::size_t pulled = 0; ///< events that next() has given

    bool is_closed() const noexcept { return !closes.empty(); }
    std::string received(net::data_stream stream) const
    {
        std::string out;
        for (const auto& event : delivered)
            if (const auto* data = std::get_if<net::data_event>(&event.body());
                data && data->stream == stream)
                out += as_text(data->bytes);
        return out;
    }
    template <class Event>
    std::size_t count() const
    {
        return static_cast<std::size_t>(std::ranges::count_if(delivered,
            [](const auto& event) { return std::holds_alternative<Event>(event.body()); }));
    }

    // --- the seam ---
    boost::asio::awaitable<result<net::leg_event>> next() override
    {
        if (failures_.is_due()) gone_ = broken_ = true;
        for (;;) {
            if (is_closed()) co_return errc::cancelled;
            if (broken_) co_return errc::closed;
            if (!events_.empty()) break;
            if (gone_) co_return errc::closed;
            auto more = played_.wait();
            co_await std::move(more);
        }
        current_ = std::make_unique<owned_event>(std::move(events_.front()));
        events_.pop_front();
        ++pulled;
        co_return net::leg_event{current_->body(), nullptr};
    }

    void stop_reading() override { reading_stopped = true; }

    boost::asio::awaitable<result<void>> deliver(const net::leg_event& event) override
    {
        if (failures_.is_due()) {
            gone_ = broken_ = true;
            played_.ring();
        }
        while (stalled_ && !is_closed() && !broken_) {
            auto room = released_.wait();
            co_await std::move(room);
        }
        if (is_closed() || broken_) co_return errc::closed;
        if (on_deliver) on_deliver(event.body);
        if (on_event) on_event(event);
        delivered.emplace_back(event.body);
        if (answers_close_ && std::holds_alternative<net::close_event>(event.body))
            play(net::close_event{});
        co_return result<void>{};
    }

    void notice(std::string_view line) override { notices.emplace_back(line); }

    void close(std::uint32_t exit_status) override
    {
        closes.push_back(exit_status);
        played_.ring();
        released_.ring();
    }

private:
    fail_point& failures_;
    bell played_, released_;
    std::deque<owned_event> events_;
    std::unique_ptr<owned_event> current_; // what next() gave last
    std::size_t split_ = std::string_view::npos;
    bool gone_ = false;   // after what is played
    bool broken_ = false; // at once
    bool stalled_ = false, answers_close_ = false;
};

} // namespace verbatim::test
