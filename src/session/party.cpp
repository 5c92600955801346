#include <verbatim/session/party.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace verbatim::session {

namespace asio = boost::asio;

namespace {

// Of a joiner who cannot keep up: so many screens a second at most.
constexpr std::chrono::milliseconds between_paints{100};

} // namespace

party::party(party_facts who, asio::any_io_executor loop)
    : who_(std::move(who)), loop_(std::move(loop))
{}

asio::awaitable<party::bytes> party::next()
{
    for (;;) {
        std::function<void()> ask;
        {
            const std::lock_guard lock(guard_);
            if (screen_) co_return *std::exchange(screen_, std::nullopt);
            if (overflowed_ && !painting_ && !over_) {
                overflowed_ = false;
                painting_ = true;
                ask = ask_for_paint_;
            } else if (!painting_ && !mailbox_.empty()) {
                auto out = std::move(mailbox_.front());
                mailbox_.pop_front();
                waiting_bytes_ -= out->size();
                co_return out;
            } else if (over_) {
                co_return nullptr;
            }
        }
        if (ask) {
            asio::steady_timer pause(loop_, between_paints);
            error_code ignored; // nobody cancels it
            auto pausing = pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
            co_await std::move(pausing);
            ask();
            continue;
        }
        auto waiting = shown_.wait();
        co_await std::move(waiting);
    }
}

std::string party::farewell() const
{
    const std::lock_guard lock(guard_);
    return farewell_;
}

asio::awaitable<void> party::typed_taken()
{
    for (;;) {
        {
            const std::lock_guard lock(guard_);
            if (over_ || typed_seen_ >= typed_) co_return;
        }
        auto waiting = taken_.wait();
        co_await std::move(waiting);
    }
}

void party::show(const bytes& more)
{
    const std::lock_guard lock(guard_);
    if (over_ || overflowed_) return;
    if (waiting_bytes_ + more->size() > mailbox_limit) {
        mailbox_.clear();
        waiting_bytes_ = 0;
        overflowed_ = true;
        ++skips_;
    } else {
        mailbox_.push_back(more);
        waiting_bytes_ += more->size();
    }
    wake_later();
}

void party::forget_waiting()
{
    const std::lock_guard lock(guard_);
    mailbox_.clear();
    waiting_bytes_ = 0;
    overflowed_ = false;
    painting_ = true;
}

// What has overflowed since the paint was asked for asks for another one.
void party::paint(std::string screen)
{
    const std::lock_guard lock(guard_);
    screen_ = std::make_shared<const std::string>(std::move(screen));
    painting_ = false;
    wake_later();
}

void party::end(std::string line)
{
    const std::lock_guard lock(guard_);
    if (std::exchange(over_, true)) return;
    painting_ = false;
    farewell_ = std::move(line);
    wake_later();
}

void party::took_typed()
{
    const std::lock_guard lock(guard_);
    ++typed_seen_;
    wake_later();
}

void party::on_paint_needed(std::function<void()> ask)
{
    const std::lock_guard lock(guard_);
    ask_for_paint_ = std::move(ask);
}

void party::wake_later()
{
    if (std::exchange(wake_posted_, true)) return;
    asio::post(loop_, [self = shared_from_this()] {
        {
            const std::lock_guard lock(self->guard_);
            self->wake_posted_ = false;
        }
        self->taken_.wake();
        self->shown_.wake();
    });
}

} // namespace verbatim::session
