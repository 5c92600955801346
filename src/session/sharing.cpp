#include "session/sharing.hpp"

#include <verbatim/base/text.hpp>

#include <algorithm>
#include <utility>

namespace verbatim::session {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_held = 4 * 1024 * 1024;
constexpr char interrupt = 3, end_of_input = 4;
constexpr std::size_t most_asked = 4096; // a party that asks faster than it is served is not heard
constexpr std::string_view bell = "\a";

// A client that knows no size says 0.
wire::terminal_size or_usual(wire::terminal_size size)
{
    return {size.columns == 0 ? 80 : size.columns, size.rows == 0 ? 24 : size.rows};
}

} // namespace

sharing::sharing(sharing_rules rules, session_core& core, books& kept,
    std::shared_ptr<live_session> live, const session_services& services,
    asio::any_io_executor loop)
    : rules_(std::move(rules)), core_(core), books_(kept), live_(std::move(live)),
      painter_(services.painter), loop_(std::move(loop))
{
    if (live_) live_->opens_desk(this);
}

sharing::~sharing()
{
    if (live_) live_->opens_desk(nullptr);
}

// --- what parties ask for, one after the other

void sharing::ask(task what)
{
    if (over_ || tasks_.size() >= most_asked) return;
    tasks_.push_back(std::move(what));
    asked_.wake();
}

asio::awaitable<void> sharing::serve()
{
    for (;;) {
        while (!over_ && tasks_.empty()) {
            auto waiting = asked_.wait();
            co_await std::move(waiting);
        }
        if (over_) co_return;
        const auto next = std::move(tasks_.front()); // lives as long as its coroutine
        tasks_.pop_front();
        auto doing = next();
        co_await std::move(doing);
    }
}

void sharing::over(const std::string& line)
{
    if (std::exchange(over_, true)) return;
    if (waiting_) books_.reject(line.empty() ? "given up while waiting for parties" : line);
    if (live_) live_->opens_desk(nullptr);
    if (audience_) audience_->end(line.empty() ? "the session has ended" : line);
    // What is asked for and not done yet: those who would join learn it here.
    for (const auto& each : std::exchange(joining_, {})) each->end("the session has ended");
    asked_.wake();
}

void sharing::join(std::shared_ptr<party> who)
{
    if (!audience_ || over_) return who->end("this session has no terminal to join");
    if (audience_->size() + joining_.size() >= rules_.most_parties)
        return who->end("this session has as many parties as it can");
    joining_.push_back(who);
    ask([this, who] { return admit(who); });
}
void sharing::leave(std::shared_ptr<party> who)
{
    ask([this, who] { return dismiss(who); });
}
void sharing::type(std::shared_ptr<party> who, std::string bytes)
{
    ask([this, who, bytes = std::move(bytes)] { return take_typed(who, bytes); });
}
void sharing::resize(std::shared_ptr<party> who, wire::terminal_size size)
{
    ask([this, who, size] { return take_size(who, size); });
}
void sharing::pause(std::shared_ptr<party> who, bool paused)
{
    ask([this, who, paused] { return set_pause(who, paused); });
}
void sharing::paint(std::shared_ptr<party> who)
{
    if (audience_ && audience_->has(who)) audience_->paint(std::move(who));
}

asio::awaitable<void> sharing::admit(std::shared_ptr<party> who)
{
    std::erase(joining_, who);
    const auto shown = escape_for_log(who->user());
    if (books_.started()) {
        auto noting = books_.joined(who->who().header, policy::to_string(who->who().mode));
        if (const auto noted = co_await std::move(noting); !noted) {
            who->end("your joining cannot be recorded");
            co_return;
        }
    }
    auto telling =
        tell(shown + " has joined as " + std::string(policy::to_string(who->who().mode)));
    co_await std::move(telling);
    if (over_) {
        who->end("the session has ended");
        co_return;
    }
    who->on_paint_needed([loop = loop_, live = live_, who = std::weak_ptr(who)] {
        if (const auto still = who.lock()) live->repaint(still);
    });
    audience_->add(who);
    if (std::find(participants_.begin(), participants_.end(), who->user()) == participants_.end())
        participants_.push_back(who->user());
    if (who->who().mode == policy::party_mode::peer)
        party_sizes_[who.get()] = or_usual(who->who().terminal);
    auto fitting = fit();
    co_await std::move(fitting);
    auto looking = look_at_company();
    co_await std::move(looking);
    show_state();
}

asio::awaitable<void> sharing::dismiss(std::shared_ptr<party> who)
{
    if (!audience_ || !audience_->remove(who)) co_return;
    party_sizes_.erase(who.get());
    who->end("you have left the session");
    if (books_.started()) {
        auto noting =
            books_.left(who->who().header, policy::to_string(who->who().mode), who->skips());
        if (const auto noted = co_await std::move(noting); !noted) co_return;
    }
    auto telling = tell(escape_for_log(who->user()) + " has left");
    co_await std::move(telling);
    auto fitting = fit();
    co_await std::move(fitting);
    auto looking = look_at_company();
    co_await std::move(looking);
    show_state();
}

asio::awaitable<void> sharing::take_typed(std::shared_ptr<party> who, std::string bytes)
{
    const bool may = audience_ && audience_->has(who) &&
                     who->who().mode == policy::party_mode::peer && !waiting_;
    const net::leg_event event{net::data_event{net::data_stream::input, as_bytes(bytes)}};
    if (may && !hold(event.body, who->user())) {
        // The owner's keys must never wait behind what a target does not read.
        if (core_.room_at_target() < bytes.size()) {
            who->show(std::make_shared<const std::string>(bell));
        } else {
            auto passing = core_.pass_on(event, who->user());
            std::ignore = co_await std::move(passing); // an error has ended the session
        }
    }
    who->took_typed();
}

// --- sizes

asio::awaitable<void> sharing::take_size(std::shared_ptr<party> who, wire::terminal_size size)
{
    const auto known = party_sizes_.find(who.get());
    if (known == party_sizes_.end()) co_return;
    known->second = or_usual(size);
    auto fitting = fit();
    co_await std::move(fitting);
}

// The size that suits everybody goes to the target and into both books.
asio::awaitable<void> sharing::fit()
{
    auto wanted = owner_size_;
    if (rules_.smallest)
        for (const auto& [who, size] : party_sizes_) {
            wanted.columns = std::min(wanted.columns, size.columns);
            wanted.rows = std::min(wanted.rows, size.rows);
        }
    if (wanted == size_ || over_) co_return;
    size_ = wanted;
    audience_->resized(size_);
    const net::leg_event event{net::resize_event{size_.columns, size_.rows}};
    auto passing = core_.pass_on(event, {});
    std::ignore = co_await std::move(passing); // an error has ended the session
}

// --- may it run?

std::string sharing::missing() const
{
    if (!rules_.missing) return {};
    return rules_.missing(audience_ ? audience_->facts() : std::vector<party_facts>{});
}

bool sharing::starts_later(const net::start_event& event)
{
    if (missing().empty()) return false;
    if (!audience_) {
        core_.refuse("no session: it may only run while others watch (require_session_join), which "
                     "takes a terminal: ssh -t");
        return true;
    }
    waiting_ = held_start{
        event.kind, std::string(event.command), {event.arguments.begin(), event.arguments.end()}};
    core_.read_before_start();
    show_state();
    ask([this] { return look_at_company(); });
    return true;
}

asio::awaitable<void> sharing::look_at_company()
{
    if (!rules_.missing || over_) co_return;
    const auto lacking = missing();
    if (waiting_) {
        if (lacking.empty()) {
            auto starting = start();
            co_await std::move(starting);
            co_return;
        }
        auto telling = tell("the session waits for " + lacking +
                            " to join it: " + (live_ ? live_->id().to_string() : std::string()) +
                            " (Ctrl-C gives up)");
        co_await std::move(telling);
        co_return;
    }
    if (lacking.empty() && paused_by_rule_) {
        paused_by_rule_ = false;
        auto resuming = resume();
        co_await std::move(resuming);
    } else if (!lacking.empty() && !paused_by_rule_) {
        if (!rules_.pause_on_leave) {
            core_.end_with("session ended: it may not run without " + lacking);
            co_return;
        }
        paused_by_rule_ = true;
        auto telling = tell("paused: the session waits for " + lacking);
        co_await std::move(telling);
    }
}

asio::awaitable<void> sharing::start()
{
    const auto held = *std::exchange(waiting_, std::nullopt);
    const net::leg_event event{net::start_event{held.kind, held.command, held.arguments}};
    auto passing = core_.pass_on(event, {});
    if (const auto passed = co_await std::move(passing); !passed) co_return;
    for (const auto& each : audience_->facts()) {
        auto noting = books_.joined(each.header, policy::to_string(each.mode));
        if (const auto noted = co_await std::move(noting); !noted) co_return;
    }
    if (owner_typed_end_) {
        const net::leg_event end{net::end_of_file_event{net::data_stream::input}};
        auto ending = core_.pass_on(end, {});
        std::ignore = co_await std::move(ending); // an error has ended the session
    }
}

// --- pauses

asio::awaitable<void> sharing::set_pause(std::shared_ptr<party> who, bool paused)
{
    if (!audience_ || !audience_->has(who) || who->who().mode != policy::party_mode::moderator ||
        paused == paused_)
        co_return;
    paused_ = paused;
    show_state();
    auto telling =
        tell(escape_for_log(who->user()) +
             (paused ? " has paused the session: what is typed waits" : " lets the session go on"));
    co_await std::move(telling);
    if (paused_) co_return;
    auto resuming = resume();
    co_await std::move(resuming);
}

asio::awaitable<void> sharing::resume()
{
    resuming_ = true; // what comes meanwhile stays behind what was held
    while (!held_.empty() && !paused_ && !paused_by_rule_ && !over_) {
        const auto next = std::move(held_.front());
        held_.pop_front();
        held_bytes_ -= next.text.size();
        net::leg_event event{net::end_of_file_event{next.stream}};
        if (next.what == held_input::kind::data)
            event.body = net::data_event{next.stream, as_bytes(next.text)};
        else if (next.what == held_input::kind::signal) event.body = net::signal_event{next.text};
        auto passing = core_.pass_on(event, next.party);
        if (const auto passed = co_await std::move(passing); !passed) break;
    }
    resuming_ = false;
    show_state();
}

// --- what the owner sends

bool sharing::keeps(const net::event_body& event)
{
    if (const auto* pty = std::get_if<net::pty_event>(&event)) {
        owner_size_ = size_ = or_usual({pty->columns, pty->rows});
        if (live_ && painter_ && !audience_) audience_.emplace(painter_, size_);
        return false;
    }
    if (const auto* start = std::get_if<net::start_event>(&event)) return starts_later(*start);
    if (const auto* resize = std::get_if<net::resize_event>(&event)) {
        owner_size_ = or_usual({resize->columns, resize->rows});
        if (!audience_) return false;
        if (rules_.smallest && !party_sizes_.empty()) {
            ask([this] { return fit(); });
            return true;
        }
        size_ = owner_size_;
        audience_->resized(size_);
        return false;
    }
    return waiting_ ? keeps_while_pending(event) : hold(event, {});
}

bool sharing::keeps_while_pending(const net::event_body& event)
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

bool sharing::hold(const net::event_body& event, std::string party)
{
    if (!paused_ && !paused_by_rule_ && !resuming_) return false;
    held_input held;
    held.party = std::move(party);
    if (const auto* data = std::get_if<net::data_event>(&event)) {
        held.what = held_input::kind::data;
        held.stream = data->stream;
        held.text = as_text(data->bytes);
    } else if (const auto* signal = std::get_if<net::signal_event>(&event)) {
        held.what = held_input::kind::signal;
        held.text = signal->name;
    } else if (const auto* end = std::get_if<net::end_of_file_event>(&event)) {
        held.what = held_input::kind::end;
        held.stream = end->stream;
    } else {
        return false;
    }
    held_bytes_ += held.text.size() + sizeof held;
    if (held_bytes_ > most_held) {
        core_.end_with("session ended: too much was typed while it was paused");
        return true;
    }
    held_.push_back(std::move(held));
    return true;
}

// --- telling

asio::awaitable<void> sharing::tell(std::string line)
{
    if (!rules_.tell || over_) co_return;
    auto showing = core_.show_all("\r\nverbatim: " + line + "\r\n");
    co_await std::move(showing);
}

void sharing::show_state()
{
    if (!live_ || over_) return;
    const bool stopped = paused_ || paused_by_rule_;
    live_->is_shared_by(
        static_cast<std::uint32_t>(audience_ ? audience_->size() : 0), waiting_  ? "pending"
                                                                       : stopped ? "paused"
                                                                                 : "running");
}

} // namespace verbatim::session
