#include <verbatim/cli/commands.hpp>

#include <verbatim/base/text.hpp>
#include <verbatim/policy/authorizer.hpp>

#include <CLI/CLI.hpp>

#include <ostream>

namespace verbatim::cli {
namespace {

class check final : public command {
public:
    std::string_view name() const override { return "check"; }
    std::string_view summary() const override
    {
        return "Validate the configuration, or explain a decision of its roles";
    }
    std::string_view examples() const override
    {
        return "  verbatim check                              the default configuration\n"
               "  verbatim check -c /etc/verbatim/new.yaml    another one\n"
               "  verbatim check --user alice --target web1 --login root\n"
               "                                              may she, and by which role?\n"
               "\n"
               "Problems are lines `file:line: message`. Exit codes: 0 sound (or allowed), 1 "
               "denied,\n"
               "2 problems.\n";
    }
    void add_options(CLI::App& app) override
    {
        auto* user = app.add_option("--user", user_, "Explain what this proxy user may do");
        auto* target = app.add_option(
            "--target", target_, "A target's name, or an address, [IPv6] or name%port");
        auto* login = app.add_option("--login", login_, "The account at the target");
        app.add_option("--address", addresses_,
               "What the target's name resolves to, for targets that are not configured")
            ->needs(target);
        user->needs(target);
        target->needs(user)->needs(login);
        login->needs(target);
    }
    int run(const context& context) override;

private:
    int explain(const context& context, const config::settings& settings) const;

    std::string user_, target_, login_;
    std::vector<std::string> addresses_;
};

int check::explain(const context& context, const config::settings& settings) const
{
    const auto route = policy::parse_route(user_ + '/' + login_ + '@' + target_);
    if (!route || route->user != user_ || route->login != login_)
        return refuse(context,
            "user, login and target do not make a user name that ssh could send; "
            "see `verbatim check --help`");
    const auto authorizer = policy::make_role_authorizer(settings);
    const auto where = authorizer->find_target(route->target, route->port);
    std::string why;
    const auto decision = authorizer->authorize(route->user, route->login, where, addresses_, why);
    context.out << (decision ? "allowed: " : "denied: ") << escape_for_log(why, 2000) << '\n';
    if (!decision) return failed;
    const bool undecided = !where.configured && addresses_.empty() && where.host == where.name;
    if (undecided)
        context.out << "  the target is not configured: what its name resolves to is checked at "
                       "login (try --address)\n";
    context.out << "  at " << where.host << " port " << where.port << ", recording "
                << (decision->strict_recording ? "strict" : "best_effort") << '\n';
    return done;
}

int check::run(const context& context)
{
    const auto loaded = load_settings_and_tell(context);
    if (!loaded) return usage;
    if (!user_.empty()) return explain(context, *loaded);
    context.out << loaded->file.string() << ": sound (" << loaded->users.size() << " users, "
                << loaded->roles.size() << " roles, " << loaded->targets.size() << " targets)\n";
    return done;
}

} // namespace

std::unique_ptr<command> make_check() { return std::make_unique<check>(); }

} // namespace verbatim::cli
