#include <verbatim/cli/commands.hpp>

#include "cli/control_client.hpp"

#include <CLI/CLI.hpp>

namespace verbatim::cli {
namespace {

class kill final : public command {
public:
    std::string_view name() const override { return "kill"; }
    std::string_view summary() const override { return "End live sessions of the running proxy"; }
    std::string_view examples() const override
    {
        return "  verbatim kill 3ae29d01-2f31-464b-bd13-5610c38384c2\n"
               "\n"
               "The session's user and who has joined it are told who ended it; so is "
               "session.end.\n"
               "Ids are those of `verbatim sessions`. Users end theirs by `ssh +kill@PROXY SID`.\n";
    }
    void add_options(CLI::App& app) override
    {
        app.add_option("session", ids_, "Ids of sessions")->required()->type_name("SID");
    }
    int run(const context& context) override
    {
        wire::control::request what{{"kill"}, false, {}};
        what.words.insert(what.words.end(), ids_.begin(), ids_.end());
        return ask_proxy(context, what);
    }

private:
    std::vector<std::string> ids_;
};

} // namespace

std::unique_ptr<command> make_kill() { return std::make_unique<kill>(); }

} // namespace verbatim::cli
