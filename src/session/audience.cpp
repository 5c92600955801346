#include "session/audience.hpp"

#include <algorithm>
#include <utility>

namespace verbatim::session {

namespace {

using audience_list = std::vector<std::shared_ptr<party>>;

// Output that is more than an echo need not wait.
constexpr std::size_t much = 16 * 1024;

bool types(const party& who) { return who.who().mode == policy::party_mode::peer; }

} // namespace

struct audience::watchers : std::enable_shared_from_this<watchers> {
    watchers(boost::asio::any_io_executor loop, std::chrono::milliseconds pause_for)
        : pause(pause_for), soon(std::move(loop))
    {}

    void output(byte_view bytes)
    {
        waiting += as_text(bytes);
        if (pause.count() == 0 || waiting.size() >= much) return show();
        if (std::exchange(armed, true)) return;
        soon.expires_after(pause);
        soon.async_wait([self = weak_from_this()](error_code cancelled) {
            const auto still = self.lock();
            if (cancelled || !still) return;
            still->armed = false;
            still->show();
        });
    }

    void show()
    {
        if (waiting.empty()) return;
        const auto piece = std::make_shared<const std::string>(std::exchange(waiting, {}));
        for (const auto& each : there) each->show(piece);
    }

    const std::chrono::milliseconds pause;
    boost::asio::steady_timer soon;
    bool armed = false;
    audience_list there;
    std::string waiting;
};

audience::audience(boost::asio::any_io_executor painter, wire::terminal_size size,
    boost::asio::any_io_executor loop, std::chrono::milliseconds for_watchers)
    : screen_(std::move(painter), size),
      watchers_(std::make_shared<watchers>(std::move(loop), for_watchers))
{}

audience::~audience() = default;

void audience::output(byte_view bytes)
{
    screen_.output(bytes);
    if (parties_.empty() || bytes.empty()) return;
    if (!watchers_->there.empty()) watchers_->output(bytes);
    if (watchers_->there.size() == parties_.size()) return;
    const auto piece = std::make_shared<const std::string>(as_text(bytes));
    for (const auto& each : parties_)
        if (types(*each)) each->show(piece);
}

void audience::add(std::shared_ptr<party> who)
{
    watchers_->show(); // it is in the screen that he is painted
    parties_.push_back(who);
    if (!types(*who)) watchers_->there.push_back(who);
    paint(std::move(who));
}

bool audience::remove(const std::shared_ptr<party>& who)
{
    std::erase(watchers_->there, who);
    return std::erase(parties_, who) != 0;
}

bool audience::has(const std::shared_ptr<party>& who) const
{
    return std::find(parties_.begin(), parties_.end(), who) != parties_.end();
}

void audience::paint(std::shared_ptr<party> who)
{
    watchers_->show();
    who->forget_waiting();
    screen_.paint([who = std::move(who)](std::string screen) { who->paint(std::move(screen)); });
}

void audience::end(const std::string& line)
{
    watchers_->show();
    watchers_->there.clear();
    for (const auto& each : std::exchange(parties_, {})) each->end(line);
}

std::vector<party_facts> audience::facts() const
{
    std::vector<party_facts> out;
    for (const auto& each : parties_) out.push_back(each->who());
    return out;
}

} // namespace verbatim::session
