#include "server/join_command.hpp"

#include "server/party_session.hpp"

#include <verbatim/base/text.hpp>

#include <boost/asio/use_awaitable.hpp>

#include <optional>

namespace verbatim::server {

namespace asio = boost::asio;
using policy::party_mode;

namespace {

constexpr std::uint32_t refused_status = 255, usage_status = 2;

struct wanted {
    std::string_view sid;
    party_mode mode = party_mode::observer;
};

std::string_view next_word(std::string_view& text)
{
    constexpr std::string_view blanks = " \t\r\n";
    const auto begin = std::min(text.find_first_not_of(blanks), text.size());
    text.remove_prefix(begin);
    const auto word = text.substr(0, std::min(text.find_first_of(blanks), text.size()));
    text.remove_prefix(word.size());
    return word;
}

std::optional<wanted> read_arguments(std::string_view command, std::string_view arguments)
{
    wanted out;
    out.sid = next_word(arguments);
    if (command == "moderate") out.mode = party_mode::moderator;
    const auto mode = next_word(arguments);
    if (!mode.empty()) {
        const auto named = command == "join" ? policy::parse_party_mode(mode) : std::nullopt;
        if (!named) return std::nullopt;
        out.mode = *named;
    }
    if (out.sid.empty() || !next_word(arguments).empty()) return std::nullopt;
    return out;
}

std::shared_ptr<session::live_session> find_session(const join_request& by, const wanted& what)
{
    const auto id = session_id::parse(what.sid);
    auto live = id ? by.sessions.find(*id) : nullptr;
    return live && by.visitor.may_join(*live, what.mode) ? live : nullptr;
}

void refuse(net::leg& client, std::string_view line, std::uint32_t status)
{
    client.notice(line);
    client.close(status);
}

/// A leg up to its start.
struct beginning {
    std::optional<wire::terminal_size> terminal;
    std::string arguments;
};

asio::awaitable<std::optional<beginning>> read_beginning(net::leg& client)
{
    beginning out;
    for (;;) {
        auto pulling = client.next();
        const auto event = co_await std::move(pulling);
        if (!event || std::holds_alternative<net::close_event>(event->body)) co_return std::nullopt;
        if (const auto* pty = std::get_if<net::pty_event>(&event->body))
            out.terminal = wire::terminal_size{pty->columns, pty->rows};
        if (const auto* start = std::get_if<net::start_event>(&event->body)) {
            out.arguments = start->command;
            co_return out;
        }
    }
}

} // namespace

bool is_join_command(std::string_view command)
{
    return command == "join" || command == "observe" || command == "moderate";
}

asio::awaitable<void> serve_join(net::leg& client, join_request by)
{
    auto reading = read_beginning(client);
    const auto asked = co_await std::move(reading);
    if (!asked) co_return;
    const auto what = read_arguments(by.command, asked->arguments);
    if (!what) {
        refuse(client, "usage: +join SID [observer|peer|moderator], +observe SID, +moderate SID",
            usage_status);
        co_return;
    }
    const auto live = find_session(by, *what);
    if (!live) {
        if (by.visitor.refused)
            by.visitor.refused(
                "join refused: no such session, or not permitted: " + std::string(what->sid));
        refuse(client, "no such session, or you may not join it: " + escape_for_log(what->sid, 80),
            refused_status);
        co_return;
    }
    if (!asked->terminal && what->mode != party_mode::observer) {
        refuse(client, "this takes a terminal: ssh -t", usage_status);
        co_return;
    }
    by.log.info("joins a session", {{"user", by.visitor.name}, {"session", live->id().to_string()},
                                       {"of", live->header().user.user}});
    party_terms terms;
    terms.who.header = by.visitor.header;
    terms.who.roles = by.visitor.roles;
    terms.who.mode = what->mode;
    terms.who.terminal = asked->terminal.value_or(wire::terminal_size{});
    terms.expires = by.visitor.expires;
    terms.escape = by.escape;
    terms.has_terminal = asked->terminal.has_value();
    auto running = run_party(client, live, std::move(terms), by.time, by.log);
    co_await std::move(running);
}

} // namespace verbatim::server
