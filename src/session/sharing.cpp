#include "session/sharing.hpp"

#include <verbatim/base/text.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace verbatim::session {

namespace asio = boost::asio;

namespace {

constexpr std::string_view bell = "\a";
// One user's watching must not keep others out.
constexpr std::size_t most_of_one_user = 112;
// Each size goes to the target and into both books.
constexpr std::uint32_t resizes_at_once = 10;
constexpr std::chrono::milliseconds between_resizes{200};
// Of lines that an owner does not read; what comes then is left out.
constexpr std::size_t most_lines_bytes = 2048;
constexpr std::uint32_t most_columns_or_rows = 65535; // as terminals count them

// A client that knows no size says 0.
wire::terminal_size usable(wire::terminal_size size)
{
    return {size.columns == 0 ? 80 : std::min(size.columns, most_columns_or_rows),
        size.rows == 0 ? 24 : std::min(size.rows, most_columns_or_rows)};
}

void ring(const std::shared_ptr<party>& who)
{
    who->show(std::make_shared<const std::string>(bell));
}

} // namespace

sharing::sharing(sharing_rules rules, session_core& core, books& kept,
    std::shared_ptr<live_session> live, const session_services& services,
    asio::any_io_executor loop)
    : rules_(std::move(rules)), core_(core), books_(kept), time_(services.time),
      live_(std::move(live)), painter_(services.painter), loop_(std::move(loop)),
      resizes_(resizes_at_once, between_resizes), next_resize_(loop_)
{
    if (live_) live_->opens_desk(this);
}

sharing::~sharing()
{
    if (live_) live_->opens_desk(nullptr);
}

// --- what is to be done, one after the other

asio::awaitable<void> sharing::serve()
{
    while (!over_) {
        auto doing = is_idle() ? wait_for_work() : do_next();
        co_await std::move(doing);
    }
}

bool sharing::is_idle()
{
    const bool may_fit = size_changed_ && resizes_.wait(time_.monotonic_now()).count() <= 0;
    return typed_.empty() && !may_start_ && !resumes_ && !may_fit;
}

asio::awaitable<void> sharing::write_notes()
{
    while (!over_) {
        auto doing = notes_.empty() ? noted_.wait() : write_note();
        co_await std::move(doing);
    }
}

void sharing::wake()
{
    asked_.wake();
    noted_.wake();
}

asio::awaitable<void> sharing::wait_for_work()
{
    if (size_changed_) {
        next_resize_.expires_after(resizes_.wait(time_.monotonic_now()));
        next_resize_.async_wait([this](error_code cancelled) {
            if (!cancelled) asked_.wake();
        });
    }
    auto waiting = asked_.wait();
    co_await std::move(waiting);
    next_resize_.cancel();
}

asio::awaitable<void> sharing::do_next()
{
    if (may_start_) return start();
    if (resumes_) return resume();
    if (!typed_.empty()) return take_typed();
    return fit();
}

void sharing::over(const std::string& line)
{
    if (std::exchange(over_, true)) return;
    if (phase_ == phase::waiting)
        books_.reject(line.empty() ? "given up while waiting for parties" : line);
    if (live_) live_->opens_desk(nullptr);
    for (const auto& each : guests_)
        if (each.recorded) notes_.push_back({each.who, false});
    if (audience_) audience_->end(line.empty() ? "the session has ended" : line);
    for (const auto& each : joining_) each.who->end("the session has ended");
    for (const auto& each : std::exchange(typed_, {})) each.who->took_typed();
    next_resize_.cancel();
    wake();
    told_.wake();
}

asio::awaitable<void> sharing::note_the_rest()
{
    for (const auto& each : std::exchange(notes_, {})) {
        if (each.joins || !books_.started()) continue;
        auto noting = books_.left(each.who->who(), each.who->skips());
        std::ignore = co_await std::move(noting); // the session is over either way
    }
}

// --- who comes and goes

std::string sharing::no_room_for(const party& who) const
{
    // Those who left count until their leaving is written, so that the notes have a limit too.
    if (guests_.size() + notes_.size() >= rules_.most_parties)
        return "this session has as many parties as it can";
    const auto same = [&](const guest& each) { return each.who->user() == who.user(); };
    const auto of_user = std::count_if(guests_.begin(), guests_.end(), same) +
                         std::count_if(joining_.begin(), joining_.end(), same);
    if (static_cast<std::size_t>(of_user) >= most_of_one_user)
        return "you have joined this session " + std::to_string(of_user) + " times already";
    return {};
}

void sharing::join(std::shared_ptr<party> who)
{
    if (!audience_ || over_) return who->end("this session has no terminal to join");
    if (auto why = no_room_for(*who); !why.empty()) return who->end(std::move(why));
    // Before the start there is no recording to write it to.
    guest joins{who, false, usable(who->who().terminal)};
    if (phase_ != phase::running) return admit(std::move(joins));
    joining_.push_back(std::move(joins));
    notes_.push_back({std::move(who), true});
    wake();
}

asio::awaitable<void> sharing::write_note()
{
    const auto next = std::move(notes_.front());
    notes_.pop_front();
    const auto& who = next.who;
    if (!next.joins) {
        auto leaving = books_.left(who->who(), who->skips());
        std::ignore = co_await std::move(leaving); // an error shows at the next byte
        co_return;
    }
    const bool is_guest = find(who) != nullptr; // since before the start
    const auto asks = std::any_of(
        joining_.begin(), joining_.end(), [&](const auto& each) { return each.who == who; });
    if (!is_guest && !asks) co_return; // he has left already
    auto noting = books_.joined(who->who());
    const auto noted = co_await std::move(noting);
    auto still_asks = take_joining(who);
    auto* there = find(who);
    if (!noted) {
        if (there) leave(who);
        who->end("your joining cannot be recorded");
        co_return;
    }
    if (std::find(participants_.begin(), participants_.end(), who->user()) == participants_.end())
        participants_.push_back(who->user());
    if (!over_ && still_asks) {
        admit(std::move(*still_asks));
        there = find(who);
    }
    if (there && !over_) there->recorded = true;
    else notes_.push_back({who, false}); // he left, or all is over, while it was written
}

std::optional<sharing::guest> sharing::take_joining(const std::shared_ptr<party>& who)
{
    const auto at = std::find_if(
        joining_.begin(), joining_.end(), [&](const auto& each) { return each.who == who; });
    if (at == joining_.end()) return std::nullopt;
    auto out = std::move(*at);
    joining_.erase(at);
    return out;
}

void sharing::admit(guest joins)
{
    const auto who = joins.who;
    who->on_paint_needed([loop = loop_, live = live_, who = std::weak_ptr(who)] {
        if (const auto still = who.lock()) live->repaint(still);
    });
    audience_->add(who);
    guests_.push_back(std::move(joins));
    if (who->who().mode == policy::party_mode::peer) size_changed_ = true;
    say(escape_for_log(who->user()) + " has joined as " +
        std::string(policy::to_string(who->who().mode)));
    company_changed();
    wake();
}

void sharing::leave(std::shared_ptr<party> who)
{
    if (over_) return;
    if (take_joining(who)) return who->end("you have left the session");
    const auto* there = find(who);
    if (!there) return;
    if (there->recorded) notes_.push_back({who, false});
    std::erase_if(guests_, [&](const auto& each) { return each.who == who; });
    audience_->remove(who);
    who->end("you have left the session");
    if (who->who().mode == policy::party_mode::peer) size_changed_ = true;
    say(escape_for_log(who->user()) + " has left");
    const bool has_moderator = std::any_of(guests_.begin(), guests_.end(),
        [](const auto& each) { return each.who->who().mode == policy::party_mode::moderator; });
    company_changed(); // first, or what was held would pass without who is needed
    if (!over_ && paused_ && !has_moderator)
        set_pause(false, "no moderator is left: the session goes on");
    wake();
}

void sharing::paint(std::shared_ptr<party> who)
{
    if (audience_ && audience_->has(who)) audience_->paint(std::move(who));
}

sharing::guest* sharing::find(const std::shared_ptr<party>& who)
{
    const auto at = std::find_if(
        guests_.begin(), guests_.end(), [&](const auto& each) { return each.who == who; });
    return at == guests_.end() ? nullptr : &*at;
}

// --- what they type

void sharing::type(std::shared_ptr<party> who, std::string bytes)
{
    // Who keeps to the rules waits until his last piece is taken.
    const bool waits = std::any_of(
        typed_.begin(), typed_.end(), [&](const auto& each) { return each.who == who; });
    if (over_ || waits) return who->took_typed();
    typed_.push_back({std::move(who), std::move(bytes)});
    wake();
}

asio::awaitable<void> sharing::take_typed()
{
    const auto next = std::move(typed_.front());
    typed_.pop_front();
    const auto& who = next.who;
    const auto* there = find(who);
    const bool may = there && there->recorded && phase_ == phase::running &&
                     who->who().mode == policy::party_mode::peer;
    const net::leg_event event{net::data_event{net::data_stream::input, as_bytes(next.bytes)}};
    if (may && must_hold()) {
        if (!held_.add(event.body, who->user())) ring(who);
    } else if (may && core_.room_at_target() < next.bytes.size()) {
        ring(who); // the owner's keys must never wait behind what a target does not read
    } else if (may) {
        auto passing = core_.pass_on(event, who->user());
        std::ignore = co_await std::move(passing); // an error has ended the session
    }
    who->took_typed();
}

// --- sizes

void sharing::resize(std::shared_ptr<party> who, wire::terminal_size size)
{
    if (who->who().mode != policy::party_mode::peer) return;
    for (auto& each : joining_)
        if (each.who == who) each.terminal = usable(size);
    auto* there = find(who);
    if (!there) return;
    there->terminal = usable(size);
    size_changed_ = true;
    wake();
}

void sharing::sees_terminal(wire::terminal_size size)
{
    owner_size_ = size_ = usable(size);
    if (live_ && painter_ && !audience_)
        audience_.emplace(painter_, size_, loop_, rules_.for_watchers);
}

bool sharing::keeps_size(wire::terminal_size size)
{
    owner_size_ = usable(size);
    const bool has_peers = std::any_of(guests_.begin(), guests_.end(),
        [](const auto& each) { return each.who->who().mode == policy::party_mode::peer; });
    if ((rules_.smallest && has_peers) || !resizes_.take(time_.monotonic_now())) {
        size_changed_ = true;
        wake();
        return true;
    }
    size_ = owner_size_;
    if (audience_) audience_->resized(size_);
    return false;
}

// The size that suits everybody goes to the target and into both books.
asio::awaitable<void> sharing::fit()
{
    size_changed_ = false;
    auto wanted = owner_size_;
    for (const auto& each : guests_) {
        if (!rules_.smallest || each.who->who().mode != policy::party_mode::peer) continue;
        wanted.columns = std::min(wanted.columns, each.terminal.columns);
        wanted.rows = std::min(wanted.rows, each.terminal.rows);
    }
    if (wanted == size_) co_return;
    std::ignore = resizes_.take(time_.monotonic_now()); // serve() has looked that there is one
    size_ = wanted;
    if (audience_) audience_->resized(size_);
    const net::leg_event event{net::resize_event{size_.columns, size_.rows}};
    auto passing = core_.pass_on(event, {});
    std::ignore = co_await std::move(passing); // an error has ended the session
}

// --- telling

void sharing::say(const std::string& line)
{
    if (!rules_.tell || over_ || lines_.size() > most_lines_bytes) return;
    lines_ += "\r\nverbatim: " + line + "\r\n";
    told_.wake();
}

asio::awaitable<void> sharing::tell()
{
    while (!over_) {
        if (lines_.empty()) {
            auto waiting = told_.wait();
            co_await std::move(waiting);
            continue;
        }
        auto showing = core_.show_all(std::exchange(lines_, {}));
        co_await std::move(showing);
    }
}

void sharing::show_state()
{
    if (!live_ || over_) return;
    const auto* state = "starting";
    if (phase_ == phase::waiting) state = "pending";
    else if (phase_ == phase::running) state = is_paused() ? "paused" : "running";
    live_->is_shared_by(static_cast<std::uint32_t>(guests_.size()), state);
}

} // namespace verbatim::session
