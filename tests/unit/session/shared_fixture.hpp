#pragma once

#include "session_fixture.hpp"

namespace verbatim::test {

using net::data_stream;
using policy::party_mode;
using session::party;

// A session that others can join; its painter is the session's own loop.
struct shared_fixture : session_fixture {
    shared_fixture()
    {
        live = std::make_shared<session::live_session>(
            session_id::random(), facts.header, loop.get_executor());
        facts.live = live;
        painter = loop.get_executor();
    }

    std::shared_ptr<session::live_session> live;

    std::shared_ptr<party> join(
        std::string user, party_mode mode, wire::terminal_size size = {200, 100})
    {
        session::party_facts who;
        who.header.user.user = std::move(user);
        who.mode = mode;
        who.terminal = size;
        auto out = std::make_shared<party>(std::move(who), loop.get_executor());
        live->join(out);
        run_until_idle();
        return out;
    }
    void types(const std::shared_ptr<party>& who, std::string text)
    {
        who->typing();
        live->type(who, std::move(text));
        run_until_idle();
    }
    template <class Event>
    std::size_t logged() const
    {
        return audit.log.all<Event>().size();
    }
    std::string typed_by(const std::string& user) const
    {
        std::string out;
        for (const auto& print : store.only().prints)
            if (print.party == user && print.stream == wire::stream_tag::standard_input)
                out += print.bytes;
        return out;
    }
};

} // namespace verbatim::test
