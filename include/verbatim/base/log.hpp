#pragma once
// The operators' log: one line per event, key-values. No terminal bytes, no secrets; text from
// peers is escaped and bounded here, so that a caller cannot forget it.

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace verbatim {

enum class log_level { debug, info, warning, error };

struct log_field {
    std::string_view key;
    std::variant<std::string, std::int64_t, std::uint64_t, bool> value;

    log_field(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
    log_field(std::string_view k, std::string_view v) : key(k), value(std::string(v)) {}
    log_field(std::string_view k, const char* v) : key(k), value(std::string(v)) {}
    log_field(std::string_view k, std::int64_t v) : key(k), value(v) {}
    log_field(std::string_view k, std::uint64_t v) : key(k), value(v) {}
    log_field(std::string_view k, int v) : key(k), value(std::int64_t{v}) {}
    log_field(std::string_view k, bool v) : key(k), value(v) {}
};

/// Thread: any. Never throws and never blocks on a peer.
class logger {
public:
    virtual ~logger() = default;
    virtual void write(
        log_level level, std::string_view message, std::initializer_list<log_field> fields) = 0;

    void debug(std::string_view m, std::initializer_list<log_field> f = {})
    {
        write(log_level::debug, m, f);
    }
    void info(std::string_view m, std::initializer_list<log_field> f = {})
    {
        write(log_level::info, m, f);
    }
    void warning(std::string_view m, std::initializer_list<log_field> f = {})
    {
        write(log_level::warning, m, f);
    }
    void error(std::string_view m, std::initializer_list<log_field> f = {})
    {
        write(log_level::error, m, f);
    }
};

/// Lines on stderr: `time level message key=value ...`.
std::unique_ptr<logger> make_stderr_logger(log_level at_least);

/// Drops everything; for tests and tools.
std::unique_ptr<logger> make_null_logger();

} // namespace verbatim
