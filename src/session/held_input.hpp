#pragma once

#include <verbatim/net/leg.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace verbatim::session {

/// What is typed while a session is paused, in its order. Thread: the session's loop.
class held_input {
public:
    /// Of the owner: more ends the session, since his client was let to send it.
    static constexpr std::size_t most_of_owner = 4 * 1024 * 1024;
    /// Of all parties: more is not taken.
    static constexpr std::size_t most_of_parties = 32 * 1024;

    /// `party`: who typed it; empty: the owner. False: it is too much.
    [[nodiscard]] bool add(const net::event_body& event, std::string_view party)
    {
        return keep(event, party, false);
    }
    /// The same, before all others.
    [[nodiscard]] bool put_back(const net::event_body& event, std::string_view party)
    {
        return keep(event, party, true);
    }
    /// Input, signals and ends of input are held; the rest concerns the terminal alone.
    static bool holds(const net::event_body& event);

    struct item {
        std::string party;
        std::string text; ///< of data, or a signal's name

        /// Refers into this.
        net::leg_event event() const;

    private:
        friend class held_input;
        enum class kind : std::uint8_t { data, signal, end } what = kind::data;
        net::data_stream stream = net::data_stream::input;
    };
    bool empty() const noexcept { return items_.empty(); }
    item take();

private:
    bool keep(const net::event_body& event, std::string_view party, bool first);
    std::size_t& bytes_of(const item& one) { return one.party.empty() ? owners_ : parties_; }
    static std::size_t cost_of(const item& one) { return one.text.size() + sizeof one; }

    std::deque<item> items_;
    std::size_t owners_ = 0, parties_ = 0;
};

} // namespace verbatim::session
