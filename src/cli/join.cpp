#include <verbatim/cli/commands.hpp>

#include "cli/control_client.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

namespace verbatim::cli {
namespace {

class join final : public command {
public:
    std::string_view name() const override { return "join"; }
    std::string_view summary() const override
    {
        return "Watch, share or moderate a live session of the running proxy";
    }
    std::string_view examples() const override
    {
        return "  verbatim join 3ae29d01-2f31-464b-bd13-5610c38384c2            see it\n"
               "  verbatim join 3ae29d01-2f31-464b-bd13-5610c38384c2 peer       and type in it\n"
               "  verbatim join 3ae29d01-2f31-464b-bd13-5610c38384c2 moderator  pause it, end it\n"
               "\n"
               "Ctrl-] and a key: h help, l leaves; moderators: p pauses, g goes on, t ends the\n"
               "session. Everybody in it is told who joins, and it is recorded. Users join by\n"
               "`ssh -t +join@PROXY SID`.\n";
    }
    void add_options(CLI::App& app) override
    {
        app.add_option("session", id_, "The id of a session, as `verbatim sessions` shows it")
            ->required()
            ->type_name("SID");
        app.add_option("mode", mode_, "observer, peer or moderator")
            ->check(CLI::IsMember({"observer", "peer", "moderator"}));
    }
    int run(const context& context) override
    {
        if (mode_ != "observer" && (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1))
            return refuse(context, "to be a " + mode_ + " takes a terminal");
        return converse_with_proxy(context, {{"join", id_, mode_}, false, {}});
    }

private:
    std::string id_, mode_ = "observer";
};

} // namespace

std::unique_ptr<command> make_join() { return std::make_unique<join>(); }

} // namespace verbatim::cli
