#pragma once

#include "session/audience.hpp"
#include "session/books.hpp"
#include "session/held_input.hpp"
#include "session/session_core.hpp"

#include <verbatim/base/allowance.hpp>
#include <verbatim/net/waiter.hpp>
#include <verbatim/session/session.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace verbatim::session {

/// A session with a terminal as several people share it: who is there, whether it may run, what is
/// held while it is paused. What changes that (a leave, a pause) counts at once, inside the call;
/// what takes time follows: who comes and goes is written by write_notes(), what is for the target
/// is done by serve(), lines for people are told by tell(). So neither an owner who does not read
/// nor a target that does not holds up the others.
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

    /// Does what concerns the target, until over().
    [[nodiscard]] boost::asio::awaitable<void> serve();
    /// Writes who joins and leaves, until over().
    [[nodiscard]] boost::asio::awaitable<void> write_notes();
    /// Tells everybody what there is to tell, until over().
    [[nodiscard]] boost::asio::awaitable<void> tell();
    /// The session is over: parties get the line.
    void over(const std::string& line);
    /// After over(), and after all of these have ended: who was there to the end has left with it.
    [[nodiscard]] boost::asio::awaitable<void> note_the_rest();

    /// Looks at what the owner sends before anybody else does. True: it is kept, or left out, and
    /// must not be passed on now.
    bool keeps(const net::event_body& event);
    /// Looks at input that has its turn to be recorded and passed on, after it may have waited for
    /// that. True: the session is paused, and it is held; or who typed it has left meanwhile.
    bool withholds(const net::event_body& event, std::string_view party);
    /// session.start is durable, and the target is about to be asked. False: it must not be, since
    /// somebody who is needed has left meanwhile; the session has ended.
    [[nodiscard]] bool begins();
    /// Output for the owner, which all see.
    void output(byte_view bytes)
    {
        if (audience_) audience_->output(bytes);
    }
    /// Who has ever joined, each once.
    const std::vector<std::string>& participants() const noexcept { return participants_; }

    // session_desk
    void end(const std::string& line) override { core_.end_with(line); }
    void join(std::shared_ptr<party> who) override;
    void leave(std::shared_ptr<party> who) override;
    void type(std::shared_ptr<party> who, std::string bytes) override;
    void resize(std::shared_ptr<party> who, wire::terminal_size size) override;
    void pause(std::shared_ptr<party> who, bool paused) override;
    void terminate(std::shared_ptr<party> who) override;
    void paint(std::shared_ptr<party> who) override;

private:
    enum class phase {
        early,    ///< before the owner asks for a shell or command
        waiting,  ///< its start is held until enough have joined
        starting, ///< on its way into the books
        running
    };
    /// Somebody who sees the session.
    struct guest {
        std::shared_ptr<party> who;
        bool recorded = false;        ///< session.join is in the books
        wire::terminal_size terminal; ///< of a peer
    };
    /// For the books.
    struct note {
        std::shared_ptr<party> who;
        bool joins;
    };
    struct typed {
        std::shared_ptr<party> who;
        std::string bytes;
    };
    struct held_start {
        net::start_kind kind;
        std::string command;
        std::vector<std::string> arguments;
    };

    bool is_idle();
    void wake();
    boost::asio::awaitable<void> do_next();
    boost::asio::awaitable<void> write_note();
    boost::asio::awaitable<void> take_typed();
    boost::asio::awaitable<void> start();
    boost::asio::awaitable<void> resume();
    boost::asio::awaitable<void> fit();
    boost::asio::awaitable<void> wait_for_work();

    std::string no_room_for(const party& who) const;
    void admit(guest who);
    std::optional<guest> take_joining(const std::shared_ptr<party>& who);
    guest* find(const std::shared_ptr<party>& who);
    bool moderates(const std::shared_ptr<party>& who);
    void company_changed();
    void set_pause(bool paused, const std::string& line);
    bool is_paused() const noexcept { return paused_ || paused_by_rule_; }
    bool must_hold() const noexcept { return is_paused() || resumes_; }
    std::string missing() const;
    bool starts_later(const net::start_event& event);
    bool keeps_while_waiting(const net::event_body& event);
    void sees_terminal(wire::terminal_size size);
    bool keeps_size(wire::terminal_size size);
    void say(const std::string& line);
    void show_state();

    const sharing_rules rules_;
    session_core& core_;
    books& books_;
    const clock& time_;
    const std::shared_ptr<live_session> live_;
    const boost::asio::any_io_executor painter_, loop_;

    phase phase_ = phase::early;
    std::optional<audience> audience_; // once the owner has asked for a terminal
    std::vector<guest> guests_;        // as they came
    std::vector<guest> joining_;       // asked to; their session.join is being written
    std::deque<note> notes_;
    std::deque<typed> typed_; // at most one piece of each party
    std::vector<std::string> participants_;

    wire::terminal_size owner_size_, size_;
    bool size_changed_ = false;
    allowance resizes_;

    std::optional<held_start> waiting_;
    bool may_start_ = false;
    bool owner_typed_end_ = false; // while it waits
    bool paused_ = false, paused_by_rule_ = false;
    bool resumes_ = false; // what comes meanwhile stays behind what was held
    held_input held_;

    std::string lines_; // to be told
    net::waiter asked_, noted_, told_;
    boost::asio::steady_timer next_resize_;
    bool over_ = false;
};

} // namespace verbatim::session
