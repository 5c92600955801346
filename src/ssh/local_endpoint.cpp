#include "ssh/local_endpoint.hpp"

#include "ssh/transport.hpp"

#include <verbatim/wire/ssh_connection.hpp>

#include <algorithm>

namespace verbatim::ssh {

namespace ws = wire::ssh;

namespace {

void send(transport& to, const ws::message& message)
{
    byte_buffer payload;
    ws::encode(payload, message);
    std::ignore = to.send(payload); // a failing transport ends its own pump
}

// A terminal in raw mode takes a line feed alone for "one line down".
std::string with_carriage_returns(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (c == '\n') out += '\r';
        out += c;
    }
    return out;
}

constexpr std::uint32_t largest_piece = 32 * 1024;

} // namespace

local_channel::local_channel(transport& client, const ws::channel_open& opened, answerer answer)
    : client_(client), client_number_(opened.sender), window_(opened.initial_window),
      packet_(std::clamp<std::uint32_t>(opened.max_packet, 1, largest_piece)),
      answer_(std::move(answer))
{}

bool local_channel::serve(const ws::message& message)
{
    if (std::holds_alternative<ws::channel_close>(message)) {
        if (!closed_) send(client_, ws::channel_close{client_number_});
        return false;
    }
    if (const auto* more = std::get_if<ws::channel_window_adjust>(&message)) {
        window_ = std::min<std::uint64_t>(window_ + more->amount, UINT32_MAX);
        if (answered_) send_waiting();
    } else if (const auto* request = std::get_if<ws::channel_request>(&message)) {
        if (!answered_) serve_request(*request);
    }
    return true; // input is for nobody
}

void local_channel::serve_request(const ws::channel_request& request)
{
    const auto* exec = std::get_if<ws::exec_request>(&request.detail);
    const bool starts = exec || std::holds_alternative<ws::shell_request>(request.detail) ||
                        std::holds_alternative<ws::subsystem_request>(request.detail);
    const bool wants_terminal = std::holds_alternative<ws::pty_request>(request.detail);
    const bool granted =
        starts || wants_terminal || std::holds_alternative<ws::window_change>(request.detail);
    terminal_ = terminal_ || wants_terminal;
    if (request.want_reply) {
        if (granted) send(client_, ws::channel_success{client_number_});
        else send(client_, ws::channel_failure{client_number_});
    }
    if (starts) give_answer(exec ? exec->command : std::string_view());
}

void local_channel::give_answer(std::string_view command_line)
{
    answered_ = true;
    reply_ = answer_(command_line);
    if (terminal_) reply_.output = with_carriage_returns(reply_.output);
    if (!reply_.error.empty()) reply_.error = "verbatim: " + reply_.error + "\r\n";
    send_waiting();
}

void local_channel::send_waiting()
{
    if (closed_) return;
    const auto send_from = [&](std::string& text, bool error) {
        std::size_t sent = 0;
        while (sent < text.size() && window_ > 0) {
            const auto piece =
                std::string_view(text).substr(sent, std::min<std::uint64_t>(packet_, window_));
            if (error)
                send(client_, ws::channel_extended_data{
                                  client_number_, ws::extended_data_stderr, as_bytes(piece)});
            else send(client_, ws::channel_data{client_number_, as_bytes(piece)});
            sent += piece.size();
            window_ -= piece.size();
        }
        text.erase(0, sent);
        return text.empty();
    };
    if (!send_from(reply_.output, false) || !send_from(reply_.error, true)) return;
    send(client_, ws::channel_request{client_number_, false, ws::exit_status{reply_.exit_status}});
    send(client_, ws::channel_eof{client_number_});
    send(client_, ws::channel_close{client_number_});
    closed_ = true;
}

} // namespace verbatim::ssh
