// The reader of audit lines takes any bytes; the writer makes JSON of any bytes, which the reader
// then takes.
#include <verbatim/wire/event_json.hpp>
#include <verbatim/wire/event_line.hpp>

#include <boost/json/parse.hpp>

#include <cstdlib>

namespace {

using namespace verbatim;

void require(bool condition)
{
    if (!condition) std::abort();
}

// The input, cut at its NUL bytes, stands in every kind of place that a peer can fill.
wire::event hostile_event(std::string_view input)
{
    wire::session_start start;
    auto& header = start.header;
    header.metadata.time = wall_time(std::chrono::seconds(1));
    std::string* const places[] = {&header.user.user, &header.user.login, &header.metadata.uid,
        &header.server.server_hostname, &header.connection.remote_addr, &start.session_recording};
    for (std::string* place : places) {
        const auto end = input.find('\0');
        *place = input.substr(0, end);
        input.remove_prefix(end == input.npos ? input.size() : end + 1);
    }
    while (!input.empty()) {
        const auto end = input.find('\0');
        start.initial_command.emplace_back(input.substr(0, end));
        header.server.server_labels.emplace(input.substr(0, end), input);
        input.remove_prefix(end == input.npos ? input.size() : end + 1);
    }
    return start;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    std::ignore = wire::parse_event_line(input);
    std::ignore = wire::parse_rfc3339(input);

    const auto line = wire::to_json_line(hostile_event(input), size);
    require(line.size() < wire::max_line_bytes);
    error_code failed;
    std::ignore = boost::json::parse(line, failed);
    require(!failed);
    const auto parsed = wire::parse_event_line(line);
    require(parsed.has_value() && parsed->number("seq") == static_cast<std::int64_t>(size));
    return 0;
}
