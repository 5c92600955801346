#pragma once

#include "session/screen_follower.hpp"

#include <verbatim/session/party.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace verbatim::session {

/// The parties of one session and the screen that they see. One copy of each piece of output, for
/// however many. Who types sees it at once, who watches when a little more has come. Thread: the
/// session's loop.
class audience {
public:
    /// `loop`: the session's; `for_watchers`: how long output is kept for those who watch.
    audience(boost::asio::any_io_executor painter, wire::terminal_size size,
        boost::asio::any_io_executor loop, std::chrono::milliseconds for_watchers);
    ~audience();
    audience(const audience&) = delete;
    audience& operator=(const audience&) = delete;

    /// The target's output, and the proxy's own text.
    void output(byte_view bytes);
    void resized(wire::terminal_size size) { screen_.resized(size); }

    /// From now on `who` sees the screen and what follows.
    void add(std::shared_ptr<party> who);
    /// False: it was not there.
    bool remove(const std::shared_ptr<party>& who);
    bool has(const std::shared_ptr<party>& who) const;
    void paint(std::shared_ptr<party> who);
    /// All parties get the line and are gone.
    void end(const std::string& line);

    std::size_t size() const noexcept { return parties_.size(); }
    const std::vector<std::shared_ptr<party>>& parties() const noexcept { return parties_; }
    std::vector<party_facts> facts() const;

private:
    struct watchers;

    screen_follower screen_;
    std::vector<std::shared_ptr<party>> parties_; // as they came
    std::shared_ptr<watchers> watchers_;          // those of them who do not type
};

} // namespace verbatim::session
