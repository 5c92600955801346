#include <verbatim/cli/commands.hpp>

#include <verbatim/base/text.hpp>
#include <verbatim/config/kubeconfig.hpp>
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
               "  verbatim check --user alice --cluster prod  the same for a Kubernetes cluster\n"
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
        target->needs(user)->needs(login);
        app.add_option("--cluster", cluster_, "A Kubernetes cluster's name")
            ->needs(user)
            ->excludes(target);
        login->needs(target);
    }
    int run(const context& context) override;

private:
    int explain(const context& context, const config::settings& settings) const;
    int explain_cluster(const context& context, const config::settings& settings) const;

    std::string user_, target_, login_, cluster_;
    std::vector<std::string> addresses_;
};

std::string yes_or_no(bool value) { return value ? "yes" : "no"; }

void tell_decision(const context& context, bool allowed, const std::string& why)
{
    context.out << (allowed ? "allowed: " : "denied: ") << escape_for_log(why, 2000) << '\n';
}

void tell_opinions(const context& context, const config::settings& settings,
    const std::vector<policy::role_opinion>& opinions)
{
    for (const auto& each : opinions)
        context.out << "  " << settings.file.string() << ':' << each.line << ": role " << each.role
                    << ' ' << each.text << '\n';
}

// "recording strict, input full; files: upload yes, download yes; ..."
void tell_rules(const context& context, const policy::session_rules& rules)
{
    context.out << "  recording " << (rules.strict_recording ? "strict" : "best_effort")
                << ", input of terminals " << (rules.record_input ? "full" : "off") << '\n'
                << "  file copy: upload " << yes_or_no(rules.file_upload) << ", download "
                << yes_or_no(rules.file_download) << '\n'
                << "  SSH inside forwards: "
                << (rules.ssh_in_forward ? "yes, recorded as bytes alone" : "no") << '\n';
    std::string limits;
    const auto limit = [&](const std::string& name, auto count, const char* unit) {
        if (count == 0) return;
        limits += (limits.empty() ? "" : ", ") + name + ' ' + std::to_string(count) + unit;
    };
    limit("max_sessions", rules.max_sessions, "");
    limit("client_idle_timeout", rules.client_idle_timeout.count(), "s");
    limit("max_session_ttl", rules.max_session_ttl.count(), "s");
    if (rules.disconnect_expired_cert)
        limits += (limits.empty() ? "" : ", ") + std::string("disconnect_expired_cert");
    context.out << "  limits: " << (limits.empty() ? "none" : limits) << '\n';
}

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
    tell_decision(context, decision.has_value(), why);
    tell_opinions(
        context, settings, authorizer->opinions(route->user, route->login, where, addresses_));
    if (!decision) return failed;
    const bool undecided = !where.configured && addresses_.empty() && where.host == where.name;
    if (undecided)
        context.out << "  the target is not configured: what its name resolves to is checked at "
                       "login (try --address)\n";
    context.out << "  at " << where.host << " port " << where.port << '\n';
    tell_rules(context, *decision);
    context.out << "  forwarding: local " << yes_or_no(decision->local_forwarding) << ", remote "
                << yes_or_no(decision->remote_forwarding) << ", agent "
                << yes_or_no(decision->agent_forwarding) << ", X11 "
                << yes_or_no(decision->x11_forwarding) << '\n';
    if (!decision->force_command.empty())
        context.out << "  forced command: " << escape_for_log(decision->force_command, 500) << '\n';
    return done;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
    return text.empty() ? "none" : text;
}

int check::explain_cluster(const context& context, const config::settings& settings) const
{
    const auto& all = settings.kubernetes.clusters;
    const auto cluster = std::find_if(
        all.begin(), all.end(), [&](const auto& each) { return each.name == cluster_; });
    if (cluster == all.end())
        return refuse(context, "there is no cluster '" + escape_for_log(cluster_, 80) + "' in " +
                                   settings.file.string());
    std::string why;
    const auto authorizer = policy::make_role_authorizer(settings);
    const auto decision =
        authorizer->authorize_kubernetes(user_, cluster->name, cluster->labels, why);
    tell_decision(context, decision.has_value(), why);
    tell_opinions(
        context, settings, authorizer->cluster_opinions(user_, cluster->name, cluster->labels));
    if (!decision) return failed;
    context.out << "  as user " << decision->as_user << ", groups " << joined(decision->as_groups)
                << '\n';
    tell_rules(context, *decision);
    if (!decision->record_port_forward) context.out << "  forwarded ports are not recorded\n";
    return done;
}

// The files that the configuration leads to: what `start` would stumble over.
bool clusters_are_sound(const context& context, const config::settings& settings)
{
    bool sound = true;
    if (!settings.kubernetes.listen) return sound;
    for (const auto& cluster : settings.kubernetes.clusters) {
        for (const auto& problem : config::load_cluster(cluster).problems) {
            context.err << config::to_string(problem) << '\n';
            sound = false;
        }
    }
    return sound;
}

int check::run(const context& context)
{
    if (!user_.empty() && target_.empty() && cluster_.empty())
        return refuse(context, "--user needs a --target with --login, or a --cluster; "
                               "see `verbatim check --help`");
    const auto loaded = load_settings_and_tell(context);
    if (!loaded) return usage;
    if (!cluster_.empty()) return explain_cluster(context, *loaded);
    if (!target_.empty()) return explain(context, *loaded);
    if (!clusters_are_sound(context, *loaded)) return usage;
    context.out << loaded->file.string() << ": sound (" << loaded->users.size() << " users, "
                << loaded->roles.size() << " roles, " << loaded->targets.size() << " targets, "
                << loaded->kubernetes.clusters.size() << " clusters)\n";
    return done;
}

} // namespace

std::unique_ptr<command> make_check() { return std::make_unique<check>(); }

} // namespace verbatim::cli
