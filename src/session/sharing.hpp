#pragma once

#include "session/audience.hpp"
#include "session/books.hpp"
#include "session/session_core.hpp"

#include <verbatim/net/waiter.hpp>
#include <verbatim/session/session.hpp>

#include <boost/asio/awaitable.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace verbatim::session {

/// A session with a terminal as several people share it: who is there, whether it may run, what is
/// held while it is paused. What parties ask for is done in the order of its arrival, by serve().
/// Thread: the session's loop.
class sharing final : public session_desk {
public:
    /// All references outlive this.
    sharing(sharing_rules rules, session_core& core, books& kept,
        std::shared_ptr<live_session> live, const session_services& services,
        boost::asio::any_io_executor loop);
    ~sharing() override;
    sharing(const sharing&) = delete;
    sharing& operator=(const sharing&) = delete;

    /// Does what parties ask for, until over().
    [[nodiscard]] boost::asio::awaitable<void> serve();
    /// The session is over: parties get the line.
    void over(const std::string& line);

    /// Looks at what the owner sends before anybody else does. True: it is kept, or left out, and
    /// must not be passed on now.
    bool keeps(const net::event_body& event);
    /// Output for the owner, which all see.
    void output(byte_view bytes)
    {
        if (audience_) audience_->output(bytes);
    }
    bool is_possible() const noexcept { return audience_.has_value(); }
    /// Who has ever joined, each once.
    const std::vector<std::string>& participants() const noexcept { return participants_; }

    // session_desk
    void end(const std::string& line) override { core_.end_with(line); }
    void join(std::shared_ptr<party> who) override;
    void leave(std::shared_ptr<party> who) override;
    void type(std::shared_ptr<party> who, std::string bytes) override;
    void resize(std::shared_ptr<party> who, wire::terminal_size size) override;
    void pause(std::shared_ptr<party> who, bool paused) override;
    void paint(std::shared_ptr<party> who) override;

private:
    using task = std::function<boost::asio::awaitable<void>()>;
    /// A start that waits for parties.
    struct held_start {
        net::start_kind kind;
        std::string command;
        std::vector<std::string> arguments;
    };
    /// Input that waits for the end of a pause.
    struct held_input {
        std::string party; // empty: the owner's
        enum class kind : std::uint8_t { data, signal, end } what = kind::data;
        net::data_stream stream = net::data_stream::input;
        std::string text;
    };

    void ask(task what);
    boost::asio::awaitable<void> admit(std::shared_ptr<party> who);
    boost::asio::awaitable<void> dismiss(std::shared_ptr<party> who);
    boost::asio::awaitable<void> take_typed(std::shared_ptr<party> who, std::string bytes);
    boost::asio::awaitable<void> take_size(std::shared_ptr<party> who, wire::terminal_size size);
    boost::asio::awaitable<void> set_pause(std::shared_ptr<party> who, bool paused);
    boost::asio::awaitable<void> look_at_company();
    boost::asio::awaitable<void> start();
    boost::asio::awaitable<void> resume();
    boost::asio::awaitable<void> fit();
    boost::asio::awaitable<void> tell(std::string line);
    bool keeps_while_pending(const net::event_body& event);
    bool hold(const net::event_body& event, std::string party);
    bool starts_later(const net::start_event& event);
    std::string missing() const;
    void show_state();

    const sharing_rules rules_;
    session_core& core_;
    books& books_;
    const std::shared_ptr<live_session> live_;
    const boost::asio::any_io_executor painter_, loop_;

    std::optional<audience> audience_; // once the owner has asked for a terminal
    wire::terminal_size owner_size_, size_;
    std::map<const party*, wire::terminal_size> party_sizes_; // of peers
    std::vector<std::shared_ptr<party>> joining_;             // asked to, not yet there
    std::vector<std::string> participants_;
    std::optional<held_start> waiting_; // pending
    bool owner_typed_end_ = false;      // while pending
    bool paused_ = false, paused_by_rule_ = false, resuming_ = false;
    std::deque<held_input> held_;
    std::size_t held_bytes_ = 0;

    std::deque<task> tasks_;
    net::waiter asked_;
    bool over_ = false;
};

} // namespace verbatim::session
