#include <verbatim/replay/recording_format.hpp>

#include "replay/json_text.hpp"

#include <verbatim/base/text.hpp>
#include <verbatim/screen/terminal_filter.hpp>
#include <verbatim/wire/event_json.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace verbatim::replay {

namespace {

constexpr std::size_t piece_bytes = 64 * 1024;

void append_json_text(std::string& out, std::string_view key, std::string_view value)
{
    if (!out.empty() && out.back() != '{') out.push_back(',');
    append_json_string(out, key);
    out.push_back(':');
    append_json_string(out, value);
}

std::string print_line(const wire::recorded_event& event, const wire::recorded_print& print)
{
    std::string line = "{";
    const auto bytes = print.bytes();
    line.reserve(bytes.size() * 4 / 3 + 256);
    append_json_number(line, "ei", event.index);
    append_json_text(line, "event", "print");
    append_json_text(line, "time", to_rfc3339(event.time));
    append_json_number(line, "ci", print.chunk_index);
    append_json_number(line, "bytes", static_cast<std::int64_t>(bytes.size()));
    append_json_number(line, "ms", print.delay_ms);
    append_json_number(line, "offset", print.offset);
    append_json_number(line, "at_us", event.at_us);
    append_json_text(line, "stream", name_of(print.stream));
    if (!print.party.empty()) append_json_text(line, "party", to_printable_utf8(print.party));
    line.append(wire::is_shown(print.stream) ? ",\"data\":\"" : ",\"input\":\"");
    line.append(to_base64(bytes)).append("\"}");
    return line;
}

std::string line_of(const wire::recorded_event& event)
{
    if (const auto* print = std::get_if<wire::recorded_print>(&event.body))
        return print_line(event, *print);
    std::string line;
    if (const auto* known = std::get_if<wire::event>(&event.body)) {
        line = wire::to_json_line(*known);
        if (line.ends_with('}')) line.pop_back();
    } else {
        line = "{";
        append_json_number(line, "ei", event.index);
        append_json_text(line, "event", to_printable_utf8(event.type));
        append_json_text(line, "time", to_rfc3339(event.time));
        append_json_number(
            line, "record_number", std::get<wire::recorded_other>(event.body).number);
    }
    append_json_number(line, "at_us", event.at_us);
    return line += '}';
}

class json_format final : public recording_format {
public:
    void add(const wire::recorded_event& event, std::string& out) override
    {
        out.append(line_of(event)).push_back('\n');
    }
    void finish(std::string&) override {}
};

/// A JSON value is a YAML value too, so that each member needs only a line of its own.
class yaml_format final : public recording_format {
public:
    void add(const wire::recorded_event& event, std::string& out) override
    {
        boost::system::error_code error;
        const auto object = boost::json::parse(line_of(event), error);
        if (error || !object.is_object()) return; // not reached: line_of makes objects
        out.append("---\n");
        for (const auto& member : object.get_object()) {
            out.append(boost::json::serialize(boost::json::string(member.key())));
            out.append(": ").append(boost::json::serialize(member.value())).push_back('\n');
        }
    }
    void finish(std::string&) override {}
};

class text_format final : public recording_format {
public:
    void add(const wire::recorded_event& event, std::string& out) override
    {
        const auto* print = std::get_if<wire::recorded_print>(&event.body);
        if (!print || !wire::is_shown(print->stream)) return;
        // Apart: bytes of one stream must not end a sequence or a character of the other.
        auto& filter = print->stream == wire::stream_tag::standard_error ? errors_ : output_;
        filter.filter(as_text(print->data), out);
        if (!out.empty()) last_ = out.back();
    }
    void finish(std::string& out) override
    {
        output_.finish(out);
        errors_.finish(out);
        if (!out.empty()) last_ = out.back();
        if (last_ != '\n') out.push_back('\n');
    }

private:
    screen::transcript_filter output_, errors_;
    char last_ = '\n';
};

} // namespace

std::unique_ptr<recording_format> make_text_format() { return std::make_unique<text_format>(); }
std::unique_ptr<recording_format> make_json_format() { return std::make_unique<json_format>(); }
std::unique_ptr<recording_format> make_yaml_format() { return std::make_unique<yaml_format>(); }

std::string_view name_of(wire::stream_tag stream) noexcept
{
    switch (stream) {
    case wire::stream_tag::standard_output: return "stdout";
    case wire::stream_tag::standard_error: return "stderr";
    case wire::stream_tag::standard_input: return "stdin";
    case wire::stream_tag::forwarded_to_target: return "to-target";
    case wire::stream_tag::forwarded_to_client: return "to-client";
    case wire::stream_tag::command: return "command";
    }
    return "unknown";
}

result<void> convert(
    wire::recording_reader& reader, recording_format& format, const text_writer& write)
{
    std::string out;
    error_code fault;
    while (true) {
        auto event = reader.next();
        if (!event) fault = event.error();
        if (!event || !*event) break;
        format.add(**event, out);
        if (out.size() < piece_bytes) continue;
        if (!write(out)) return errc::closed;
        out.clear();
    }
    format.finish(out);
    if (!out.empty() && !write(out)) return errc::closed;
    if (fault) return fault;
    return {};
}

} // namespace verbatim::replay
