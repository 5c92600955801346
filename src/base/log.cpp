#include <verbatim/base/log.hpp>

#include <verbatim/base/text.hpp>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <string>

namespace verbatim {
namespace {

spdlog::level::level_enum to_spdlog(log_level level) noexcept
{
    switch (level) {
    case log_level::debug: return spdlog::level::debug;
    case log_level::info: return spdlog::level::info;
    case log_level::warning: return spdlog::level::warn;
    case log_level::error: return spdlog::level::err;
    }
    return spdlog::level::info;
}

void append_value(std::string& line, const std::string& value)
{
    const auto text = escape_for_log(value);
    const bool quote = text.empty() || text.find_first_of(" =\"") != std::string::npos;
    if (quote) line += '"';
    for (const char c : text) {
        if (c == '"') line += '\\';
        line += c;
    }
    if (quote) line += '"';
}

void append_field(std::string& line, const log_field& field)
{
    line += ' ';
    line += field.key;
    line += '=';
    if (const auto* text = std::get_if<std::string>(&field.value)) append_value(line, *text);
    else if (const auto* number = std::get_if<std::int64_t>(&field.value))
        line += std::to_string(*number);
    else if (const auto* count = std::get_if<std::uint64_t>(&field.value))
        line += std::to_string(*count);
    else line += std::get<bool>(field.value) ? "true" : "false";
}

class stderr_logger final : public logger {
public:
    explicit stderr_logger(log_level at_least)
        : out_("verbatim", std::make_shared<spdlog::sinks::stderr_sink_mt>()) // shared by spdlog's
                                                                              // interface only
    {
        out_.set_level(to_spdlog(at_least));
        out_.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
        out_.flush_on(spdlog::level::trace);
    }

    void write(
        log_level level, std::string_view message, std::initializer_list<log_field> fields) override
    {
        const auto mapped = to_spdlog(level);
        if (!out_.should_log(mapped)) return;
        std::string line(message);
        for (const auto& field : fields) append_field(line, field);
        out_.log(mapped, "{}", line);
    }

private:
    spdlog::logger out_;
};

class null_logger final : public logger {
public:
    void write(log_level, std::string_view, std::initializer_list<log_field>) override {}
};

} // namespace

std::unique_ptr<logger> make_stderr_logger(log_level at_least)
{
    return std::make_unique<stderr_logger>(at_least);
}

std::unique_ptr<logger> make_null_logger() { return std::make_unique<null_logger>(); }

} // namespace verbatim
