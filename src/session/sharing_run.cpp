// Whether a shared session runs: what starts it, pauses it, and what waits meanwhile.
#include "session/sharing.hpp"

#include <verbatim/base/text.hpp>

#include <algorithm>
#include <utility>

namespace verbatim::session {

namespace asio = boost::asio;

namespace {

constexpr char interrupt = 3, end_of_input = 4;

} // namespace

// --- may it run?

std::string sharing::missing() const
{
    if (!rules_.missing) return {};
    return rules_.missing(audience_ ? audience_->facts() : std::vector<party_facts>{});
}

bool sharing::starts_later(const net::start_event& event)
{
    if (phase_ != phase::early) return phase_ == phase::waiting;
    if (missing().empty()) {
        phase_ = phase::starting;
        return false;
    }
    if (!audience_) {
        core_.refuse("no session: it may only run while others watch (require_session_join), which "
                     "takes a terminal: ssh -t");
        return true;
    }
    phase_ = phase::waiting;
    waiting_ = held_start{
        event.kind, std::string(event.command), {event.arguments.begin(), event.arguments.end()}};
    core_.read_before_start();
    company_changed();
    return true;
}

void sharing::company_changed()
{
    if (over_) return;
    const auto lacking = missing();
    if (phase_ == phase::waiting) {
        may_start_ = lacking.empty();
        if (!may_start_)
            say("the session waits for " + lacking + " to join it: " +
                (live_ ? live_->id().to_string() : std::string()) + " (Ctrl-C gives up)");
    } else if (phase_ == phase::running && lacking.empty() == paused_by_rule_) {
        if (!lacking.empty() && !rules_.pause_on_leave)
            return core_.end_with("session ended: it may not run without " + lacking);
        paused_by_rule_ = !lacking.empty();
        if (paused_by_rule_) say("paused: the session waits for " + lacking);
        else resumes_ = !paused_;
    }
    show_state();
    wake();
}

asio::awaitable<void> sharing::start()
{
    may_start_ = false;
    if (phase_ != phase::waiting || !missing().empty()) co_return;
    phase_ = phase::starting;
    const auto held = *std::exchange(waiting_, std::nullopt);
    const net::leg_event event{net::start_event{held.kind, held.command, held.arguments}};
    auto passing = core_.pass_on(event, {});
    if (const auto passed = co_await std::move(passing); !passed || !owner_typed_end_) co_return;
    const net::leg_event end{net::end_of_file_event{net::data_stream::input}};
    auto ending = core_.pass_on(end, {});
    std::ignore = co_await std::move(ending); // an error has ended the session
}

bool sharing::begins()
{
    phase_ = phase::running;
    for (const auto& each : guests_) notes_.push_back({each.who, true});
    company_changed();
    return !over_;
}

// --- pauses

bool sharing::moderates(const std::shared_ptr<party>& who)
{
    return find(who) && who->who().mode == policy::party_mode::moderator;
}

void sharing::pause(std::shared_ptr<party> who, bool paused)
{
    if (over_ || paused == paused_ || !moderates(who)) return;
    set_pause(paused,
        escape_for_log(who->user()) +
            (paused ? " has paused the session: what is typed waits" : " lets the session go on"));
}

void sharing::set_pause(bool paused, const std::string& line)
{
    paused_ = paused;
    resumes_ = !is_paused();
    say(line);
    show_state();
    wake();
}

void sharing::terminate(std::shared_ptr<party> who)
{
    if (!over_ && moderates(who)) core_.end_with("session ended by " + escape_for_log(who->user()));
}

asio::awaitable<void> sharing::resume()
{
    while (!held_.empty() && !is_paused() && !over_) {
        const auto next = held_.take();
        if (!next.party.empty() && core_.room_at_target() < next.text.size()) continue;
        const auto event = next.event(); // lives as long as what passes it on
        auto passing = core_.pass_on(event, next.party);
        if (const auto passed = co_await std::move(passing); !passed) break;
    }
    resumes_ = false;
    show_state();
}

// --- what the owner sends

bool sharing::keeps(const net::event_body& event)
{
    if (const auto* pty = std::get_if<net::pty_event>(&event)) {
        sees_terminal({pty->columns, pty->rows});
        return false;
    }
    if (const auto* start = std::get_if<net::start_event>(&event)) return starts_later(*start);
    if (const auto* size = std::get_if<net::resize_event>(&event))
        return keeps_size({size->columns, size->rows});
    if (phase_ == phase::waiting) return keeps_while_waiting(event);
    if (!must_hold() || !held_input::holds(event)) return false;
    if (!held_.add(event, {}))
        core_.end_with("session ended: too much was typed while it was paused");
    return true;
}

bool sharing::withholds(const net::event_body& event, std::string_view party)
{
    if (!held_input::holds(event)) return false;
    const bool has_left =
        !party.empty() && std::none_of(guests_.begin(), guests_.end(),
                              [&](const auto& each) { return each.who->user() == party; });
    if (has_left || !is_paused()) return has_left;
    // It is older than whatever of its sender's is held.
    if (!held_.put_back(event, party))
        core_.end_with("session ended: too much was typed while it was paused");
    return true;
}

bool sharing::keeps_while_waiting(const net::event_body& event)
{
    if (const auto* data = std::get_if<net::data_event>(&event)) {
        const auto text = as_text(data->bytes);
        if (text.find(interrupt) != text.npos || text.find(end_of_input) != text.npos)
            core_.end_with("no session: given up while waiting");
        return true; // nobody is there to read it
    }
    if (std::holds_alternative<net::end_of_file_event>(event)) return owner_typed_end_ = true;
    return std::holds_alternative<net::signal_event>(event);
}

} // namespace verbatim::session
