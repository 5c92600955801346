// asciicast version 2: https://docs.asciinema.org/manual/asciicast/v2/

#include "replay/json_text.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/replay/recording_format.hpp>
#include <verbatim/replay/utf8_joiner.hpp>

#include <cstdio>

namespace verbatim::replay {

namespace {

constexpr wire::terminal_size usual_size{80, 24};

class asciicast_format final : public recording_format {
public:
    explicit asciicast_format(bool with_input) : with_input_(with_input) {}

    void add(const wire::recorded_event& event, std::string& out) override
    {
        at_us_ = event.at_us;
        const auto* happened = std::get_if<wire::event>(&event.body);
        const auto* start = happened ? std::get_if<wire::session_start>(happened) : nullptr;
        if (!begun_) begin(event, start, out);
        if (const auto* print = std::get_if<wire::recorded_print>(&event.body))
            add_print(*print, out);
        else if (const auto* change = happened ? std::get_if<wire::resize>(happened) : nullptr)
            add_entry('r',
                std::to_string(change->size.columns) + 'x' + std::to_string(change->size.rows),
                out);
    }

    void finish(std::string& out) override
    {
        if (!begun_) begin({}, nullptr, out);
        for (auto* joiner : {&output_, &errors_}) {
            std::string rest;
            joiner->finish(rest);
            if (!rest.empty()) add_entry('o', rest, out);
        }
    }

private:
    void begin(
        const wire::recorded_event& first, const wire::session_start* start, std::string& out)
    {
        begun_ = true;
        no_terminal_ = start && !start->size;
        auto size = start && start->size ? *start->size : usual_size;
        if (size.columns == 0 || size.rows == 0) size = usual_size;
        const auto seconds =
            std::chrono::floor<std::chrono::seconds>(first.time).time_since_epoch().count();
        std::string header = "{\"version\":2";
        append_json_number(header, "width", size.columns);
        append_json_number(header, "height", size.rows);
        append_json_number(header, "timestamp", seconds);
        if (start) {
            header.append(",\"title\":");
            append_json_string(header, title_of(*start));
        }
        header.append(",\"env\":{\"TERM\":\"xterm-256color\"}}\n");
        out.append(header);
    }

    static std::string title_of(const wire::session_start& start)
    {
        const auto& server = start.header.server;
        std::string title = start.header.user.login;
        if (const auto& host =
                server.server_hostname.empty() ? server.server_addr : server.server_hostname;
            !host.empty())
            title += '@' + host;
        for (const auto& word : start.initial_command) title += ' ' + word;
        return to_printable_utf8(title);
    }

    void add_print(const wire::recorded_print& print, std::string& out)
    {
        const bool shown = wire::is_shown(print.stream);
        const bool typed = print.stream == wire::stream_tag::standard_input;
        if (!shown && !(typed && with_input_)) return;
        auto& joiner = typed                                              ? input_
                       : print.stream == wire::stream_tag::standard_error ? errors_
                                                                          : output_;
        std::string text;
        joiner.join(as_text(print.bytes()), text);
        if (text.empty()) return;
        add_entry(typed ? 'i' : 'o', shown && no_terminal_ ? with_line_starts(text) : text, out);
    }

    /// Without a terminal nothing made CR LF of LF, and a player is a terminal.
    std::string with_line_starts(std::string_view text)
    {
        std::string converted;
        for (const char c : text) {
            if (c == '\n' && last_ != '\r') converted.push_back('\r');
            converted.push_back(c);
            last_ = c;
        }
        return converted;
    }

    void add_entry(char kind, std::string_view text, std::string& out) const
    {
        char head[48];
        std::snprintf(head, sizeof head, "[%lld.%06lld,\"%c\",",
            static_cast<long long>(at_us_ / 1'000'000), static_cast<long long>(at_us_ % 1'000'000),
            kind);
        out.append(head);
        append_json_string(out, text);
        out.append("]\n");
    }

    bool with_input_;
    bool begun_ = false, no_terminal_ = false;
    char last_ = 0;
    std::int64_t at_us_ = 0;
    utf8_joiner output_, errors_, input_;
};

} // namespace

std::unique_ptr<recording_format> make_asciicast_format(bool with_input)
{
    return std::make_unique<asciicast_format>(with_input);
}

} // namespace verbatim::replay
