#include <verbatim/cli/command.hpp>

#include "cli/version.hpp"

#include <verbatim/base/text.hpp>

#include <CLI/CLI.hpp>

#include <exception>
#include <ostream>

namespace verbatim::cli {
namespace {

constexpr std::string_view program_description =
    "Verbatim is a recording proxy for SSH: users connect with their own client, the proxy logs in "
    "at the target and keeps a byte-exact recording of every session.";
constexpr std::string_view program_footer =
    "\nExamples:\n"
    "  verbatim check            is the configuration sound?\n"
    "  verbatim start            run the proxy\n"
    "  verbatim ls               what was recorded\n"
    "  verbatim play SID         watch a session again\n"
    "\n"
    "`verbatim COMMAND --help` tells more. Exit codes: 0 done, "
    "1 failed, 2 usage or configuration.\n";

void let_nested_commands_take_outer_options(CLI::App& app)
{
    for (CLI::App* nested : app.get_subcommands([](CLI::App*) { return true; })) {
        nested->fallthrough();
        nested->footer(""); // CLI11 hands the program's own down
        let_nested_commands_take_outer_options(*nested);
    }
}

void add_command(CLI::App& program, command& command, std::string& config_file)
{
    auto* app = program.add_subcommand(std::string(command.name()), std::string(command.summary()));
    app->add_option("-c,--config", config_file,
           "Configuration file (default: /etc/verbatim/verbatim.yaml; ./verbatim.yaml before it if "
           "only you or root may write it)")
        ->type_name("FILE");
    command.add_options(*app);
    app->footer("\nExamples:\n" + std::string(command.examples()));
    let_nested_commands_take_outer_options(*app);
}

int answer_parse_error(
    const CLI::App& program, const CLI::ParseError& error, std::ostream& out, std::ostream& err)
{
    // CLI11 reports --help and --version as errors with the exit code 0.
    if (error.get_exit_code() == 0) {
        program.exit(error, out, err);
        return done;
    }
    std::string names;
    for (const auto* app = &program; app != nullptr;) {
        const auto chosen = app->get_subcommands();
        if (chosen.empty()) break;
        app = chosen.front();
        names += " " + app->get_name();
    }
    std::string message = error.what();
    for (char& c : message)
        if (c == '\n') c = ' ';
    err << "verbatim: " << message << "; see `verbatim" << names << " --help`\n";
    return usage;
}

// CLI11 would call it a missing subcommand.
std::string_view unknown_command(
    std::span<const std::unique_ptr<command>> commands, int argc, const char* const* argv)
{
    const std::string_view word = argc > 1 ? argv[1] : "";
    if (word.empty() || word.starts_with('-')) return {};
    const bool known = std::any_of(commands.begin(), commands.end(),
        [&](const auto& command) { return command->name() == word; });
    return known ? std::string_view{} : word;
}

} // namespace

int run_program(std::span<const std::unique_ptr<command>> commands, int argc,
    const char* const* argv, std::istream& in, std::ostream& out, std::ostream& err)
{
    CLI::App program{std::string(program_description), "verbatim"};
    program.footer(std::string(program_footer));
    program.set_version_flag("--version", "verbatim " + std::string(version));
    program.require_subcommand(1);
    std::string config_file;
    for (const auto& command : commands) add_command(program, *command, config_file);
    if (const auto word = unknown_command(commands, argc, argv); !word.empty()) {
        err << "verbatim: there is no command '" << escape_for_log(word, 60)
            << "'; see `verbatim --help`\n";
        return usage;
    }
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return answer_parse_error(program, error, out, err);
    }
    context context{in, out, err, {}};
    if (!config_file.empty()) context.config_file = config_file;
    for (const auto& command : commands) {
        if (!program.got_subcommand(std::string(command->name()))) continue;
        try {
            return command->run(context);
        } catch (const std::exception& error) {
            return fail(context, std::string("unexpected error: ") + error.what());
        }
    }
    return usage; // not reached: the parser asks for exactly one command
}

int fail(const context& context, std::string_view message)
{
    context.err << "verbatim: " << message << '\n' << std::flush;
    return failed;
}

int refuse(const context& context, std::string_view message)
{
    static_cast<void>(fail(context, message));
    return usage;
}

} // namespace verbatim::cli
