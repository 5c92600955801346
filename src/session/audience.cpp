#include "session/audience.hpp"

#include <algorithm>
#include <utility>

namespace verbatim::session {

audience::audience(boost::asio::any_io_executor painter, wire::terminal_size size)
    : screen_(std::move(painter), size)
{}

void audience::output(byte_view bytes)
{
    screen_.output(bytes);
    if (parties_.empty() || bytes.empty()) return;
    const auto piece = std::make_shared<const std::string>(as_text(bytes));
    for (const auto& each : parties_) each->show(piece);
}

void audience::add(std::shared_ptr<party> who)
{
    parties_.push_back(who);
    paint(std::move(who));
}

bool audience::remove(const std::shared_ptr<party>& who) { return std::erase(parties_, who) != 0; }

bool audience::has(const std::shared_ptr<party>& who) const
{
    return std::find(parties_.begin(), parties_.end(), who) != parties_.end();
}

void audience::paint(std::shared_ptr<party> who)
{
    who->forget_waiting();
    screen_.paint([who = std::move(who)](std::string screen) { who->paint(std::move(screen)); });
}

void audience::end(const std::string& line)
{
    for (const auto& each : std::exchange(parties_, {})) each->end(line);
}

std::vector<party_facts> audience::facts() const
{
    std::vector<party_facts> out;
    for (const auto& each : parties_) out.push_back(each->who());
    return out;
}

} // namespace verbatim::session
