#include <verbatim/cli/commands.hpp>

#include "cli/control_client.hpp"

#include <CLI/CLI.hpp>

namespace verbatim::cli {
namespace {

class sessions final : public command {
public:
    std::string_view name() const override { return "sessions"; }
    std::string_view summary() const override { return "List the running proxy's live sessions"; }
    std::string_view examples() const override
    {
        return "  verbatim sessions                who is at what now, and who watches\n"
               "  verbatim sessions --json | jq 'select(.user == \"alice\")'\n"
               "\n"
               "Asks the proxy that runs on this machine, as root or as its account. Users see\n"
               "theirs by `ssh +ls@PROXY`. `verbatim ls` also lists what has ended.\n";
    }
    void add_options(CLI::App& app) override
    {
        app.add_flag("--json", json_, "One JSON object a line");
    }
    int run(const context& context) override { return ask_proxy(context, {{"ls"}, json_, {}}); }

private:
    bool json_ = false;
};

} // namespace

std::unique_ptr<command> make_sessions() { return std::make_unique<sessions>(); }

} // namespace verbatim::cli
