#pragma once
// What a subcommand of the `verbatim` program is, and what it gets to work with.

#include <verbatim/config/settings.hpp>

#include <filesystem>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace CLI {
class App;
}

namespace verbatim::cli {

/// The program's exit codes.
enum exit_code : int {
    done = 0,
    failed = 1, ///< the thing asked for failed
    usage = 2,  ///< wrong arguments, or a configuration that may not be used
};

/// What every command is handed. The streams outlive the run.
struct context {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    std::optional<std::filesystem::path> config_file; ///< as given by -c; none: the default
};

/// One subcommand; its options are its members.
class command {
public:
    virtual ~command() = default;

    /// As typed: "play".
    virtual std::string_view name() const = 0;
    /// One line for the list of commands.
    virtual std::string_view summary() const = 0;
    /// Whole lines, indented by two spaces, shown under "Examples:" by --help.
    virtual std::string_view examples() const = 0;
    /// Adds options, positionals and subcommands, bound to members. -c/--config is there already,
    /// for nested subcommands too.
    virtual void add_options(CLI::App& app) = 0;
    /// Does the work; the answer is the exit code. Exceptions become one line and `failed`.
    [[nodiscard]] virtual int run(const context& context) = 0;
};

/// Parses the command line and runs the command it names. Wrong usage is one line on stderr.
[[nodiscard]] int run_program(std::span<const std::unique_ptr<command>> commands, int argc,
    const char* const* argv, std::istream& in, std::ostream& out, std::ostream& err);

/// Loads the configuration that -c names, or the default one. Every problem is a line on stderr;
/// then there is no value and the command ends with exit_code::usage.
[[nodiscard]] std::optional<config::settings> load_settings(const context& context);
/// The same, and tells on stderr what was read but has no effect in this build.
[[nodiscard]] std::optional<config::settings> load_settings_and_tell(const context& context);

/// The file that load_settings() reads. `./verbatim.yaml` comes before /etc/verbatim/verbatim.yaml
/// only if the caller or root owns it and nobody else may write it.
std::filesystem::path config_path(const context& context);

/// Writes "verbatim: MESSAGE" to stderr; the message says what to do. Returns exit_code::failed.
[[nodiscard]] int fail(const context& context, std::string_view message);
/// The same with exit_code::usage.
[[nodiscard]] int refuse(const context& context, std::string_view message);

} // namespace verbatim::cli
